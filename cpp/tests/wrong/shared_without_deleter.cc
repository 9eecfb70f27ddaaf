// says: a shared_ptr forgets its deleter when it is reset: pass the deleter, too
#include "dam.hpp"
void make(int **);
void out(dam::shared_ptr<int> it) {
    make(dam::out_ptr(it));
}
