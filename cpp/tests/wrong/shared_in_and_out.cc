// says: a shared_ptr cannot give up what it owns
#include "dam.hpp"
void make(int **);
void out(dam::shared_ptr<int> it) {
    make(dam::inout_ptr(it));
}
