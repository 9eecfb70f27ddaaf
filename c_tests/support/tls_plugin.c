// A library with much thread-local storage, allocated lazily by the dynamic linker.
static __thread char array[200000];

char *tls_array(void);
char *tls_array(void) { return array; }
