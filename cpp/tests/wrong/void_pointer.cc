// says: T must be an object type: not void, a reference or a function
#include "dam.hpp"
dam::unique_ptr<void> nothing;
