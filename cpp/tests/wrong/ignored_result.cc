// says: nodiscard
#include "dam.hpp"
void forget() {
    dam::make_unique<int>(3);
}
