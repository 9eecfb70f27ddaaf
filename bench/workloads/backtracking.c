// A regular-expression engine or a Prolog machine: a pattern is compiled to
// nodes, then matched by backtracking; every choice point is a block with a
// copy of the captures, freed when it fails, and a hit becomes a list of
// captured strings.
#include "work.h"
#include <string.h>

#define PATTERNS 2000
#define SUBJECTS 60
#define MOST_CAPTURES 8

enum operation { LETTER, ANY, SPLIT, JUMP, SAVE, MATCH };

struct node {
    enum operation operation;
    int letter;
    struct node *next, *other;
};

struct choice {
    struct choice *older;
    const struct node *at;
    uint32_t place, captures;
    uint32_t captured[]; // as many as are set by now
};

struct program {
    struct node *first, *all[256];
    size_t count;
};

static struct node *new_node(struct program *program, enum operation operation, struct node *next) {
    struct node *node = checked(calloc(1, sizeof *node));
    node->operation = operation;
    node->next = next;
    program->all[program->count++] = node;
    return node;
}

// x* as: split to x, which jumps back, or on.
static struct node *repeat(struct program *program, int letter, struct node *next) {
    struct node *split = new_node(program, SPLIT, NULL);
    struct node *back = new_node(program, JUMP, split);
    struct node *item = new_node(program, letter ? LETTER : ANY, back);
    item->letter = letter;
    split->next = item;
    split->other = next;
    return split;
}

static void compile(struct program *program, uint64_t *random) {
    program->count = 0;
    struct node *tail = new_node(program, MATCH, NULL);
    for (int group = 0; group < MOST_CAPTURES / 2; group++) {
        tail = new_node(program, SAVE, tail);
        for (size_t n = between(random, 1, 3); n--;) {
            int letter = (int)between(random, 'a', 'd');
            if (next_random(random) >> 63) {
                tail = repeat(program, next_random(random) >> 62 ? letter : 0, tail);
            } else {
                tail = new_node(program, LETTER, tail);
                tail->letter = letter;
            }
        }
        tail = new_node(program, SAVE, tail);
    }
    program->first = tail;
}

static struct choice *push(struct choice *stack, const struct node *at, uint32_t place, const uint32_t *captured,
                           uint32_t captures) {
    struct choice *choice = checked(malloc(sizeof *choice + captures * sizeof *captured));
    *choice = (struct choice){stack, at, place, captures};
    memcpy(choice->captured, captured, captures * sizeof *captured);
    return choice;
}

static struct choice *pop(struct choice *stack) {
    struct choice *older = stack->older;
    free(stack);
    return older;
}

// One path as far as it goes; 1 at a match. `steps` bounds a hopeless search.
static int follow(const struct node *at, uint32_t place, const char *subject, uint32_t *captured, uint32_t captures,
                  struct choice **stack, uint64_t *steps) {
    for (;; at = at->next, ++*steps) {
        switch (at->operation) {
        case MATCH: return 1;
        case JUMP: break;
        case SAVE: captured[captures++] = place; break;
        case SPLIT: *stack = push(*stack, at->other, place, captured, captures); break;
        default:
            if (!subject[place] || (at->operation == LETTER && subject[place] != at->letter)) return 0;
            place++;
        }
    }
}

static int search(const struct program *program, const char *subject, uint32_t *captured, uint64_t *sum) {
    uint64_t steps = 0;
    int is_match = 0;
    struct choice *stack = push(NULL, program->first, 0, captured, 0);
    while (stack && !is_match && steps < 20000) {
        struct choice *choice = stack;
        uint32_t captures = choice->captures, place = choice->place;
        const struct node *at = choice->at;
        memcpy(captured, choice->captured, captures * sizeof *captured);
        stack = pop(choice);
        is_match = follow(at, place, subject, captured, captures, &stack, &steps);
    }
    while (stack) stack = pop(stack);
    *sum += steps;
    return is_match;
}

// The captured strings, as the caller gets them.
static uint64_t use_captures(const char *subject, const uint32_t *captured) {
    char *strings[MOST_CAPTURES / 2];
    uint64_t sum = 0;
    for (int i = 0; i < MOST_CAPTURES / 2; i++) {
        uint32_t from = captured[2 * i], length = captured[2 * i + 1] - from;
        strings[i] = checked(malloc(length + 1));
        memcpy(strings[i], subject + from, length);
        strings[i][length] = 0;
    }
    for (int i = 0; i < MOST_CAPTURES / 2; i++) {
        sum = sum * 31 + strlen(strings[i]);
        free(strings[i]);
    }
    return sum;
}

int main(void) {
    uint64_t random = seed_of(105), sum = hold_state(5 << 10);
    for (int i = 0; i < PATTERNS; i++) {
        struct program program;
        compile(&program, &random);
        for (int n = 0; n < SUBJECTS; n++) {
            char subject[201] = "";
            uint32_t captured[MOST_CAPTURES];
            size_t length = between(&random, 20, 200);
            for (size_t k = 0; k < length; k++) subject[k] = (char)('a' + between(&random, 0, 3));
            if (search(&program, subject, captured, &sum)) sum += use_captures(subject, captured);
        }
        while (program.count) free(program.all[--program.count]);
    }
    print_checksum(sum);
}
