// says: dam::on_event: the function must take a const dam::event &
#include "dam.hpp"
void listen() {
    dam::on_event([](int) {});
}
