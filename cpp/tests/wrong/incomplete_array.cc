// says: T must be complete where the array is deleted
#include "dam.hpp"
struct hidden;
void drop(dam::unique_ptr<hidden[]> it) {
    it.reset();
}
