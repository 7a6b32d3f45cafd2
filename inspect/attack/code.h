// Code injection: PHP, ASP, server-side includes and what leads to the operating system.
#ifndef FIREBREAK_INSPECT_ATTACK_CODE_H_
#define FIREBREAK_INSPECT_ATTACK_CODE_H_

#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindCode finds code for the server's own language: what opens it (<?php, <%, <!--#exec), calls of
// functions that run commands, and the classes and modules that lead to the operating system.
void FindCode(const View& view, Hits& hits);
// The classes and modules (WordGroup::kRuntime), and what a request is in PHP
// (WordGroup::kSuperglobal).
absl::Span<const Needle> Runtimes();
absl::Span<const Needle> Superglobals();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_CODE_H_
