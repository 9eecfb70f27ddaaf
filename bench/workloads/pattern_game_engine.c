// Game engine, frames: each frame makes scratch objects (contacts, draw
// commands, path nodes) that die at its end, moves entities whose components
// live for hundreds of frames, and spawns and removes some; a level brings
// meshes, textures and a scene graph, all given back when the next one loads.
#include "work.h"
#include <string.h>

#define LEVELS 6
#define FRAMES 200
#define SCRATCH 5000
#define ENTITIES 12000
#define SPAWNS 250
#define ASSETS 160
#define SCENE_NODES 20000

struct entity {
    float position[8];
    struct body *body;
    unsigned char *brain;
    uint32_t brain_size, born;
};

struct body {
    float velocity[12];
    uint64_t contacts;
};

struct scene_node {
    struct scene_node *next;
    float matrix[16];
    char *name;
};

struct asset {
    unsigned char *data;
    size_t size;
};

struct level {
    struct scene_node *scene;
    struct asset assets[ASSETS];
};

static struct entity *entities[ENTITIES];
static uint64_t sum;

static struct entity *spawn(uint32_t frame, uint64_t *random) {
    struct entity *entity = checked(calloc(1, sizeof *entity));
    entity->body = checked(calloc(1, sizeof *entity->body));
    entity->brain_size = (uint32_t)between(random, 100, 700);
    entity->brain = new_block(entity->brain_size, frame);
    entity->body->velocity[0] = (float)between(random, 1, 9);
    entity->born = frame;
    return entity;
}

static void remove_entity(struct entity *entity) {
    if (!entity) return;
    sum += entity->body->contacts + end_block(entity->brain, entity->brain_size);
    free(entity->body);
    free(entity);
}

static void load(struct level *level, uint64_t *random) {
    for (int i = 0; i < ASSETS; i++) {
        struct asset *asset = &level->assets[i];
        asset->size = octave_size(random, 16 << 10, 6);
        asset->data = checked(malloc(asset->size));
        memset(asset->data, i, asset->size);
    }
    level->scene = NULL;
    for (int i = 0; i < SCENE_NODES; i++) {
        struct scene_node *node = checked(calloc(1, sizeof *node));
        size_t length = between(random, 6, 30);
        node->name = checked(malloc(length + 1));
        memset(node->name, 'a' + i % 26, length);
        node->name[length] = 0;
        node->matrix[i % 16] = 1;
        node->next = level->scene;
        level->scene = node;
    }
}

static void unload(struct level *level) {
    for (int i = 0; i < ASSETS; i++) {
        sum += level->assets[i].data[level->assets[i].size / 2];
        free(level->assets[i].data);
    }
    for (struct scene_node *node = level->scene, *next; node; node = next) {
        next = node->next;
        sum += strlen(node->name) + (uint64_t)node->matrix[3];
        free(node->name);
        free(node);
    }
}

// What one frame makes and drops: most in reverse order, some at once.
static void draw(uint64_t *random) {
    static void *objects[SCRATCH];
    static uint16_t sizes[SCRATCH];
    size_t count = between(random, SCRATCH / 2, SCRATCH), used = 0;
    for (size_t i = 0; i < count; i++) {
        sizes[used] = (uint16_t)pareto_size(random, 24, 2000);
        objects[used] = new_block(sizes[used], i);
        used++;
        // A query's result is looked at and gone.
        if (i % 3 == 0) {
            used--;
            sum += end_block(objects[used], sizes[used]);
        }
    }
    while (used--) sum += end_block(objects[used], sizes[used]);
}

static void move_entities(uint32_t frame) {
    for (size_t i = frame % 4; i < ENTITIES; i += 4) {
        struct entity *entity = entities[i];
        if (!entity) continue;
        for (int axis = 0; axis < 3; axis++) entity->position[axis] += entity->body->velocity[axis] * 0.5f;
        entity->body->contacts += (uint64_t)entity->position[0] & 3;
        entity->brain[frame % entity->brain_size / 2 + 8]++;
    }
}

static void run_frame(uint32_t frame, uint64_t *random) {
    for (int i = 0; i < SPAWNS; i++) {
        struct entity **at = &entities[between(random, 0, ENTITIES - 1)];
        remove_entity(*at);
        *at = spawn(frame, random);
    }
    move_entities(frame);
    draw(random);
}

int main(void) {
    uint64_t random = seed_of(60);
    static struct level level;
    for (int number = 0; number < LEVELS; number++) {
        load(&level, &random);
        for (uint32_t frame = 0; frame < FRAMES; frame++) run_frame(frame, &random);
        unload(&level);
    }
    for (int i = 0; i < ENTITIES; i++) remove_entity(entities[i]);
    print_checksum(sum);
}
