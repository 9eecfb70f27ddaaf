// says: dam::unique_ptr<Base>: to own a Derived, Base needs a virtual destructor
#include "dam.hpp"
struct base {};
struct derived : base {};
dam::unique_ptr<base> made() {
    return dam::make_unique<derived>();
}
