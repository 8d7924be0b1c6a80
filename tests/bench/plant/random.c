/* splitmix64: fast, and good enough for numbers that nobody may rely on. */
#include "tests/bench/plant/plant.h"

#include <string.h>

#include "common/check.h"

uint64_t random_next(struct plant *plant)
{
    uint64_t z = plant->random += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

int64_t random_below(struct plant *plant, int64_t bound)
{
    CHECK(bound > 0);
    return (int64_t)(random_next(plant) % (uint64_t)bound);
}

struct uuid random_uuid(struct plant *plant, int64_t at)
{
    struct uuid uuid;
    uint64_t high = random_next(plant), low = random_next(plant), ms = (uint64_t)at / 1000;

    memcpy(uuid.bytes + 6, &high, 2);
    memcpy(uuid.bytes + 8, &low, 8);
    for (int i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    uuid.bytes[6] = (uint8_t)(0x70 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}
