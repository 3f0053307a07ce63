/* Open Sound Control 1.0: whether a packet is a message, and its address. */
#ifndef EXAMPLES_OSC_H
#define EXAMPLES_OSC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The bytes of a text in a packet, with its zeros up to a multiple of 4; 0: there is none. */
static inline size_t osc_text_size(const char *text, size_t size)
{
    const char *zero = (const char *)memchr(text, '\0', size);
    size_t padded = zero != NULL ? ((size_t)(zero - text) / 4 + 1) * 4 : 0;
    return padded <= size ? padded : 0;
}

/* The address of a packet's first message, such as "/avatar/change"; NULL when it is not
 * OSC. */
static inline const char *osc_address(const char *packet, size_t size)
{
    enum { BUNDLE_HEAD = 16, LENGTH = 4 }; /* "#bundle", a time; and before each element */
    while (size >= BUNDLE_HEAD + LENGTH && memcmp(packet, "#bundle", 8) == 0) {
        const unsigned char *b = (const unsigned char *)packet + BUNDLE_HEAD;
        size_t length = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        if (length > size - BUNDLE_HEAD - LENGTH) {
            return NULL;
        }
        packet += BUNDLE_HEAD + LENGTH;
        size = length;
    }
    if (size < 4 || size % 4 != 0 || packet[0] != '/') {
        return NULL;
    }
    size_t address = osc_text_size(packet, size);
    if (address == 0 || (address < size && packet[address] != ',')) {
        return NULL; /* after the address: nothing, from old senders, or the types */
    }
    return packet;
}

#endif
