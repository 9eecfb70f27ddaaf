// An ordered map in C (a routing table, a timer wheel, a file system's
// extents): an AVL tree of 48-byte nodes, each with a value of its own (20..120
// bytes), under inserts, look-ups and deletes at random keys.
#include "work.h"
#include <string.h>

#define KEYS 200000
#define OPERATIONS 1100000

struct node {
    struct node *left, *right;
    uint64_t key;
    char *value;
    uint32_t size;
    int height;
};

static int height(const struct node *node) {
    return node ? node->height : 0;
}

static void measure(struct node *node) {
    int left = height(node->left), right = height(node->right);
    node->height = 1 + (left > right ? left : right);
}

static struct node *rotate_right(struct node *node) {
    struct node *top = node->left;
    node->left = top->right;
    top->right = node;
    measure(node);
    measure(top);
    return top;
}

static struct node *rotate_left(struct node *node) {
    struct node *top = node->right;
    node->right = top->left;
    top->left = node;
    measure(node);
    measure(top);
    return top;
}

static struct node *balance(struct node *node) {
    measure(node);
    int lean = height(node->left) - height(node->right);
    if (lean > 1) {
        if (height(node->left->left) < height(node->left->right)) node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (lean < -1) {
        if (height(node->right->right) < height(node->right->left)) node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    return node;
}

static void set_value(struct node *node, uint64_t *random) {
    node->size = (uint32_t)between(random, 20, 120);
    node->value = new_block(node->size, node->key);
}

static struct node *insert(struct node *node, uint64_t key, uint64_t *random) {
    if (!node) {
        node = checked(calloc(1, sizeof *node));
        node->key = key;
        node->height = 1;
        set_value(node, random);
        return node;
    }
    if (key == node->key) {
        free(node->value);
        set_value(node, random);
        return node;
    }
    if (key < node->key) node->left = insert(node->left, key, random);
    else node->right = insert(node->right, key, random);
    return balance(node);
}

// Takes the smallest node out of a subtree.
static struct node *take_first(struct node *node, struct node **first) {
    if (!node->left) {
        *first = node;
        return node->right;
    }
    node->left = take_first(node->left, first);
    return balance(node);
}

static struct node *erase(struct node *node, uint64_t key, uint64_t *sum) {
    if (!node) return NULL;
    if (key < node->key) node->left = erase(node->left, key, sum);
    else if (key > node->key) node->right = erase(node->right, key, sum);
    else {
        struct node *left = node->left, *right = node->right, *heir;
        *sum += end_block(node->value, node->size);
        free(node);
        if (!right) return left;
        right = take_first(right, &heir);
        heir->left = left;
        heir->right = right;
        node = heir;
    }
    return balance(node);
}

static uint64_t look_up(const struct node *node, uint64_t key) {
    while (node && node->key != key) node = key < node->key ? node->left : node->right;
    return node ? read_block(node->value, node->size) : 0;
}

static uint64_t end_tree(struct node *node) {
    if (!node) return 0;
    uint64_t sum = end_tree(node->left) + end_tree(node->right) + end_block(node->value, node->size);
    free(node);
    return sum;
}

int main(void) {
    uint64_t random = seed_of(23), sum = 0;
    struct node *root = NULL;
    for (int i = 0; i < OPERATIONS; i++) {
        uint64_t key = between(&random, 0, KEYS - 1);
        switch (next_random(&random) >> 62) {
        case 0: sum += look_up(root, key); break;
        case 1: root = erase(root, key, &sum); break;
        default: root = insert(root, key, &random);
        }
    }
    print_checksum(sum + end_tree(root));
}
