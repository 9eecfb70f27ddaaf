// Web server, bursts: four threads hold keep-alive connections; a burst of
// requests, eight in flight at a time on each thread, is followed by an idle
// gap. A request takes a few dozen blocks (headers, parameters, fragments) and
// buffers that grow by realloc, all given back at its end; sessions are shared
// and replaced by whichever thread serves them.
#include "work.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define BURSTS 20
#define REQUESTS 900
#define CONNECTIONS 150
#define IN_FLIGHT 8
#define MOST_PIECES 64
#define SESSIONS 4096
#define GAP_MS 4

struct connection {
    unsigned char *buffer;
    uint64_t served;
};

struct request {
    struct connection *connection;
    void *pieces[MOST_PIECES];
    uint32_t sizes[MOST_PIECES];
    size_t count;
    char *body;
    size_t length, room;
};

struct server {
    pthread_t thread;
    uint64_t random, sum;
    struct connection *connections[CONNECTIONS];
};

static struct session {
    pthread_mutex_t lock;
    unsigned char *data;
} sessions[SESSIONS];

static struct connection *open_connection(void) {
    struct connection *connection = checked(calloc(1, sizeof *connection));
    connection->buffer = new_block(4096, 0);
    return connection;
}

static uint64_t close_connection(struct connection *connection) {
    uint64_t sum = connection->served;
    free(connection->buffer);
    free(connection);
    return sum;
}

// Replaces a session's data. Which thread comes first is chance, so only what
// every order leaves alike is looked at: a session's first byte is its number.
static void touch_session(size_t number, size_t size) {
    struct session *session = &sessions[number];
    unsigned char *data = checked(malloc(size));
    memset(data, (int)(number & 255), size);
    pthread_mutex_lock(&session->lock);
    unsigned char *old = session->data;
    session->data = data;
    pthread_mutex_unlock(&session->lock);
    if (old && old[0] != (number & 255)) abort();
    free(old);
}

// A template's output, appended piece by piece to a buffer that doubles.
static void render(struct request *request, uint64_t *random) {
    size_t target = octave_size(random, 512, 7);
    request->room = 512;
    request->length = 0;
    request->body = checked(malloc(request->room));
    while (request->length < target) {
        size_t piece = between(random, 20, 400);
        while (request->length + piece > request->room) {
            request->room *= 2;
            request->body = checked(realloc(request->body, request->room));
        }
        memset(request->body + request->length, (int)(piece & 127), piece);
        request->length += piece;
    }
}

static void begin(struct server *server, struct request *request) {
    uint64_t *random = &server->random;
    struct connection **connection = &server->connections[between(random, 0, CONNECTIONS - 1)];
    if (between(random, 0, 19) == 0) {
        server->sum += close_connection(*connection);
        *connection = open_connection();
    }
    (*connection)->served++;
    request->count = between(random, 20, MOST_PIECES);
    for (size_t i = 0; i < request->count; i++) {
        // Header names and values, parameters, and now and then a record.
        size_t size = between(random, 0, 7) ? between(random, 8, 120) : between(random, 200, 3000);
        request->sizes[i] = (uint32_t)size;
        request->pieces[i] = new_block(size, i);
    }
    render(request, random);
    touch_session(between(random, 0, SESSIONS - 1), between(random, 200, 3000));
}

static void end(struct server *server, struct request *request) {
    for (size_t i = 0; i < request->count; i++)
        server->sum += end_block(request->pieces[i], request->sizes[i]);
    // The answer goes out: read from end to end.
    for (size_t at = 0; at < request->length; at += 8) server->sum += (unsigned char)request->body[at];
    free(request->body);
    request->count = 0;
    request->body = NULL;
}

static void burst(struct server *server) {
    struct request flight[IN_FLIGHT] = {{0}};
    for (int n = 0; n < REQUESTS; n++) {
        struct request *request = &flight[between(&server->random, 0, IN_FLIGHT - 1)];
        if (request->body) end(server, request);
        begin(server, request);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        if (flight[i].body) end(server, &flight[i]);
}

static void *serve(void *argument) {
    struct server *server = argument;
    struct timespec gap = {0, GAP_MS * 1000000};
    for (int i = 0; i < CONNECTIONS; i++) server->connections[i] = open_connection();
    for (int n = 0; n < BURSTS; n++) {
        burst(server);
        nanosleep(&gap, NULL);
    }
    for (int i = 0; i < CONNECTIONS; i++) server->sum += close_connection(server->connections[i]);
    return NULL;
}

int main(void) {
    static struct server servers[THREADS];
    uint64_t sum = 0;
    for (int i = 0; i < SESSIONS; i++) pthread_mutex_init(&sessions[i].lock, NULL);
    for (int i = 0; i < THREADS; i++) {
        servers[i].random = seed_of(50 + i);
        if (pthread_create(&servers[i].thread, NULL, serve, &servers[i])) abort();
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(servers[i].thread, NULL);
        sum += servers[i].sum;
    }
    for (int i = 0; i < SESSIONS; i++) free(sessions[i].data);
    print_checksum(sum);
}
