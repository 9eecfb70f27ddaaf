// says: dam::allocator<T>: T must be an object type
#include "dam.hpp"
dam::allocator<int &> heap;
