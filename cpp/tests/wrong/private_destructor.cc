// says: T has no destructor that can be called
#include "dam.hpp"
class locked {
    ~locked() = default;
};
void drop(dam::unique_ptr<locked> it) {
    it.reset();
}
