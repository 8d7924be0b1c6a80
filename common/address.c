/* Splits "HOST:PORT". */
#include "common/address.h"

#include <stdlib.h>
#include <string.h>

static bool port_is_valid(const char *port)
{
    size_t length = strlen(port);

    return length >= 1 && length < ADDRESS_PORT_BYTES && strspn(port, "0123456789") == length &&
           strtoul(port, NULL, 10) <= 65535;
}

bool address_split(const char *listen, char host[ADDRESS_HOST_BYTES], char port[ADDRESS_PORT_BYTES])
{
    const char *colon = strrchr(listen, ':');
    const char *start = listen, *end = colon;

    if (colon == NULL || !port_is_valid(colon + 1))
        return false;
    if (*start == '[') {
        if (end == start || end[-1] != ']')
            return false;
        start++;
        end--;
    } else if (memchr(start, ':', (size_t)(end - start)) != NULL) {
        return false; /* an IPv6 address without brackets */
    }
    if (end < start || end - start >= ADDRESS_HOST_BYTES)
        return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    if (strcmp(host, "*") == 0)
        host[0] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}
