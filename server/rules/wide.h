/* Sums of amounts up to 2^63 each, and products of two of them, exact. Internal to the rules. */
#ifndef CREDITD_RULES_WIDE_H
#define CREDITD_RULES_WIDE_H

__extension__ typedef __int128 wide;

#endif
