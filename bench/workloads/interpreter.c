// A small language's interpreter with reference counts: cons cells, boxed
// integers and strings are made by every operation on lists (map, filter,
// append, sort by insertion) and freed when the last holder lets go.
#include "work.h"
#include <string.h>

#define PROGRAMS 1200
#define GLOBALS 400

enum kind { INTEGER, STRING, PAIR };

struct object {
    uint32_t references;
    enum kind kind;
};

struct integer {
    struct object head;
    int64_t value;
};

struct string {
    struct object head;
    uint32_t length;
    char text[];
};

struct pair {
    struct object head;
    struct object *first, *rest;
};

static struct object *hold(struct object *object) {
    if (object) object->references++;
    return object;
}

static void let_go(struct object *object) {
    while (object && --object->references == 0) {
        struct object *rest = NULL;
        if (object->kind == PAIR) {
            let_go(((struct pair *)object)->first);
            rest = ((struct pair *)object)->rest;
        }
        free(object);
        object = rest;
    }
}

static struct object *new_object(enum kind kind, size_t size) {
    struct object *object = checked(malloc(size));
    *object = (struct object){1, kind};
    return object;
}

static struct object *integer(int64_t value) {
    struct integer *integer = (struct integer *)new_object(INTEGER, sizeof *integer);
    integer->value = value;
    return &integer->head;
}

static struct object *string(const char *text, size_t length) {
    struct string *string = (struct string *)new_object(STRING, sizeof *string + length + 1);
    string->length = (uint32_t)length;
    memcpy(string->text, text, length);
    string->text[length] = 0;
    return &string->head;
}

// Takes both references over.
static struct object *cons(struct object *first, struct object *rest) {
    struct pair *pair = (struct pair *)new_object(PAIR, sizeof *pair);
    pair->first = first;
    pair->rest = rest;
    return &pair->head;
}

static struct object *first_of(struct object *list) {
    return ((struct pair *)list)->first;
}

static struct object *rest_of(struct object *list) {
    return ((struct pair *)list)->rest;
}

static int64_t value_of(const struct object *object) {
    return object->kind == INTEGER ? ((const struct integer *)object)->value : ((const struct string *)object)->length;
}

static struct object *range(int64_t count) {
    struct object *list = NULL;
    while (count--) list = cons(integer(count), list);
    return list;
}

static struct object *reverse(struct object *list) {
    struct object *result = NULL;
    for (; list; list = rest_of(list)) result = cons(hold(first_of(list)), result);
    return result;
}

static struct object *double_each(struct object *list) {
    struct object *result = NULL;
    for (; list; list = rest_of(list)) result = cons(integer(value_of(first_of(list)) * 2 + 1), result);
    return result;
}

static struct object *to_strings(struct object *list) {
    struct object *result = NULL;
    char text[48];
    for (; list; list = rest_of(list)) {
        int64_t value = value_of(first_of(list));
        int length = snprintf(text, sizeof text, "item %lld%.*s", (long long)value, (int)(value % 20), "....................");
        result = cons(string(text, (size_t)length), result);
    }
    return result;
}

static struct object *filter(struct object *list, int64_t divisor) {
    struct object *result = NULL;
    for (; list; list = rest_of(list))
        if (value_of(first_of(list)) % divisor) result = cons(hold(first_of(list)), result);
    return result;
}

// Copies what stands in front of the place: lists are never changed.
static struct object *insert(struct object *list, struct object *item) {
    if (!list || value_of(first_of(list)) >= value_of(item)) return cons(hold(item), hold(list));
    return cons(hold(first_of(list)), insert(rest_of(list), item));
}

static struct object *sort(struct object *list) {
    struct object *result = NULL;
    for (; list; list = rest_of(list)) {
        struct object *longer = insert(result, first_of(list));
        let_go(result);
        result = longer;
    }
    return result;
}

static uint64_t weigh(struct object *list) {
    uint64_t sum = 0;
    for (; list; list = rest_of(list)) sum = sum * 31 + (uint64_t)value_of(first_of(list));
    return sum;
}

// A program's steps; its last list is kept in a global, in place of another.
static uint64_t run(uint64_t *random, struct object **global) {
    struct object *numbers = range((int64_t)between(random, 50, 3000));
    struct object *doubled = double_each(numbers);
    let_go(numbers);
    struct object *some = filter(doubled, (int64_t)between(random, 2, 9));
    let_go(doubled);
    struct object *texts = to_strings(some);
    struct object *few = filter(some, 3);
    while (few && value_of(first_of(few)) > 200) {
        struct object *rest = hold(rest_of(few));
        let_go(few);
        few = rest;
    }
    struct object *turned = reverse(few), *sorted = sort(turned);
    uint64_t sum = weigh(texts) + weigh(sorted);
    let_go(turned);
    let_go(few);
    let_go(some);
    let_go(sorted);
    let_go(*global);
    *global = texts;
    return sum;
}

int main(void) {
    static struct object *globals[GLOBALS];
    uint64_t random = seed_of(150), sum = 0;
    for (int i = 0; i < PROGRAMS; i++) sum += run(&random, &globals[between(&random, 0, GLOBALS - 1)]);
    for (int i = 0; i < GLOBALS; i++) let_go(globals[i]);
    print_checksum(sum);
}
