// ML training, growing large reallocs: each step collects a batch in a buffer
// that grows by realloc as samples come, makes the layers' activations (256
// KiB..4 MiB), goes back through them in reverse, appends gradients to an
// accumulator that grows, and stores the batch in a replay buffer that grows by
// realloc to 48 MiB.
#include "work.h"
#include <string.h>

#define EPOCHS 3
#define STEPS 30
#define LAYERS 8
#define REPLAY_MOST (48u << 20)

struct buffer {
    float *cells;
    size_t used, room;
};

// Room for `more` cells; grows by `percent` when there is none.
static void reserve(struct buffer *buffer, size_t more, unsigned percent) {
    if (buffer->used + more <= buffer->room) return;
    size_t room = buffer->room + buffer->room * percent / 100;
    buffer->room = room > buffer->used + more ? room : buffer->used + more;
    buffer->cells = checked(realloc(buffer->cells, buffer->room * sizeof(float)));
}

static void append(struct buffer *buffer, const float *cells, size_t count, unsigned percent) {
    reserve(buffer, count, percent);
    memcpy(buffer->cells + buffer->used, cells, count * sizeof(float));
    buffer->used += count;
}

static uint64_t end_buffer(struct buffer *buffer) {
    uint64_t sum = buffer->used;
    for (size_t at = 0; at < buffer->used; at += 97) sum += (uint64_t)buffer->cells[at];
    free(buffer->cells);
    *buffer = (struct buffer){NULL, 0, 0};
    return sum;
}

// Samples of unknown length, decoded one after the other.
static void collect(struct buffer *batch, uint64_t *random) {
    float sample[4000];
    for (int i = 0; i < 4000; i++) sample[i] = (float)(i & 31);
    for (int n = 0; n < 64; n++) {
        size_t length = between(random, 500, 4000);
        sample[n] = (float)length;
        append(batch, sample, length, 50);
    }
}

static struct buffer forward(const struct buffer *in, uint64_t *random) {
    size_t count = octave_size(random, 64 << 10, 4);
    struct buffer out = {checked(malloc(count * sizeof(float))), count, count};
    for (size_t i = 0; i < count; i++) out.cells[i] = in->cells[i & 8191] * 0.5f + 1.0f;
    return out;
}

// A gradient of the layer's size, added to what has been accumulated.
static void backward(const struct buffer *layer, struct buffer *gradients) {
    struct buffer gradient = {checked(calloc(layer->used, sizeof(float))), layer->used, layer->used};
    for (size_t i = 0; i < layer->used; i += 2) gradient.cells[i] += layer->cells[i] * 2.0f;
    append(gradients, gradient.cells, layer->used / 8, 25);
    free(gradient.cells);
}

static uint64_t step(struct buffer *replay, struct buffer *gradients, uint64_t *random) {
    struct buffer batch = {NULL, 0, 0}, layers[LAYERS];
    uint64_t sum = 0;
    collect(&batch, random);
    for (int i = 0; i < LAYERS; i++) layers[i] = forward(i ? &layers[i - 1] : &batch, random);
    for (int i = LAYERS - 1; i >= 0; i--) {
        backward(&layers[i], gradients);
        sum += end_buffer(&layers[i]);
    }
    if (replay->used * sizeof(float) < REPLAY_MOST) append(replay, batch.cells, batch.used, 30);
    return sum + end_buffer(&batch);
}

int main(void) {
    uint64_t random = seed_of(70), sum = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        struct buffer replay = {NULL, 0, 0}, gradients = {NULL, 0, 0};
        for (int i = 0; i < STEPS; i++) {
            sum += step(&replay, &gradients, &random);
            // The optimiser's turn: the accumulator starts anew.
            if (i % 4 == 3) sum += end_buffer(&gradients);
        }
        sum += end_buffer(&gradients) + end_buffer(&replay);
    }
    print_checksum(sum);
}
