// says: T must not be const or volatile: no container can hold such elements
#include "dam.hpp"
int main() {
    dam::allocator<const int>().allocate(3);
}
