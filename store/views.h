// How the views of a store are made; what they mean is Views() of query.h.
#ifndef FIREBREAK_STORE_VIEWS_H_
#define FIREBREAK_STORE_VIEWS_H_

#include <string>
#include <vector>

namespace firebreak::store {

// ViewDefinitions are CREATE TEMP VIEW statements, for a connection that has the table `flows`.
std::vector<std::string> ViewDefinitions();

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_VIEWS_H_
