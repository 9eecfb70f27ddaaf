// Arbitrary-precision arithmetic, as in a computer-algebra system: each
// operation makes a new number (8 bytes to 2 KiB), carries extend it by
// realloc, results are trimmed, temporaries dropped at once; 3,000 variables.
#include "work.h"
#include <string.h>

#define VARIABLES 3000
#define OPERATIONS 1300000
#define MOST 256

typedef unsigned __int128 wide;

struct number {
    uint32_t used;
    uint64_t *limbs;
};

static struct number *new_number(uint32_t limbs) {
    struct number *number = checked(malloc(sizeof *number));
    number->used = limbs;
    number->limbs = checked(malloc(limbs * 8));
    return number;
}

static void end_number(struct number *number) {
    free(number->limbs);
    free(number);
}

static void resize(struct number *number, uint32_t limbs) {
    number->used = limbs;
    number->limbs = checked(realloc(number->limbs, limbs * 8));
}

static struct number *add(const struct number *a, const struct number *b) {
    if (a->used < b->used) return add(b, a);
    struct number *sum = new_number(a->used);
    wide carry = 0;
    for (uint32_t i = 0; i < a->used; i++) {
        carry += (wide)a->limbs[i] + (i < b->used ? b->limbs[i] : 0);
        sum->limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    if (carry) {
        resize(sum, a->used + 1);
        sum->limbs[a->used] = 1;
    }
    return sum;
}

static struct number *times(const struct number *a, uint64_t factor) {
    struct number *product = new_number(a->used + 1);
    wide carry = 0;
    for (uint32_t i = 0; i < a->used; i++) {
        carry += (wide)a->limbs[i] * factor;
        product->limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    product->limbs[a->used] = (uint64_t)carry;
    if (!carry) resize(product, a->used);
    return product;
}

// The number without its lowest limbs.
static struct number *shift(const struct number *a, uint32_t limbs) {
    struct number *rest = new_number(a->used - limbs);
    memcpy(rest->limbs, a->limbs + limbs, rest->used * 8);
    return rest;
}

static struct number *fresh(uint64_t *random) {
    struct number *number = new_number((uint32_t)pareto_size(random, 1, 100));
    for (uint32_t i = 0; i < number->used; i++) number->limbs[i] = next_random(random);
    return number;
}

// a * factor + b, cut when it gets too long.
static struct number *combine(const struct number *a, const struct number *b, uint64_t factor) {
    struct number *product = times(a, factor), *result = add(product, b);
    end_number(product);
    if (result->used <= MOST) return result;
    struct number *cut = shift(result, MOST / 2);
    end_number(result);
    return cut;
}

int main(void) {
    static struct number *variables[VARIABLES];
    uint64_t random = seed_of(180), sum = hold_state(4 << 10);
    for (int i = 0; i < VARIABLES; i++) variables[i] = fresh(&random);
    for (int step = 0; step < OPERATIONS; step++) {
        struct number **target = &variables[between(&random, 0, VARIABLES - 1)], *result;
        const struct number *a = variables[between(&random, 0, VARIABLES - 1)];
        if (between(&random, 0, 15) == 0) result = fresh(&random);
        else result = combine(*target, a, next_random(&random) | 1);
        sum = sum * 31 + (*target)->limbs[0];
        end_number(*target);
        *target = result;
    }
    for (int i = 0; i < VARIABLES; i++) {
        sum += variables[i]->limbs[variables[i]->used - 1] + variables[i]->used;
        end_number(variables[i]);
    }
    print_checksum(sum);
}
