// says: T is abstract: name the derived type to be made
#include "dam.hpp"
struct shape {
    virtual ~shape() = default;
    virtual int sides() const = 0;
};
auto made = dam::make_unique<shape>();
