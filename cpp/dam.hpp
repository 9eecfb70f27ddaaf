// DAM for C++17 and later: what a program needs to own memory of DAM, and to see what the heap does.
//
//     auto box = dam::make_unique<Box>(3, 4);       // dam::unique_ptr<Box>, as large as a raw pointer
//     std::vector<int, dam::allocator<int>> numbers;
//     std::cout << dam::stats().live_blocks;
//
// Where the program runs without DAM the same code uses the C library's allocator. The references to DAM are weak: link
// with CMake's dam::cpp, with `pkg-config --libs dam` (or dam_local), or preload the library.
//
// Headers of their own, since they include much: dam/containers.hpp (dam::vector and so on), dam/memory_resource.hpp
// (std::pmr), dam/format.hpp (std::format). docs/cpp.md shows all of it.
#ifndef DAM_HPP
#define DAM_HPP

#include "dam/allocator.hpp"
#include "dam/heap.hpp"
#include "dam/out_ptr.hpp"
#include "dam/scoped_stats.hpp"
#include "dam/shared_ptr.hpp"
#include "dam/statistics.hpp"
#include "dam/unique_ptr.hpp"

#endif
