// says: T must be complete where memory for it is allocated
#include "dam.hpp"
struct hidden;
hidden *made() {
    return dam::allocator<hidden>().allocate(1);
}
