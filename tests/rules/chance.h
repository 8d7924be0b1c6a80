/* Chance for the random tests of the rules: the same seed gives the same draws. */
#ifndef CREDITD_TESTS_RULES_CHANCE_H
#define CREDITD_TESTS_RULES_CHANCE_H

#include <stdint.h>
#include <stdlib.h>

struct chance {
    uint64_t seed, draws;
};

/* From 0 to below - 1. splitmix64: seeds one after the other give sequences that have nothing in common. */
static inline uint64_t chance_below(struct chance *chance, uint64_t below)
{
    uint64_t z = chance->seed + ++chance->draws * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) % below;
}

/* A number of the environment, such as a seed. */
static inline uint64_t chance_setting(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

#endif
