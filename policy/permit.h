// The proof, as an object, that a policy has allowed a connection.
#ifndef FIREBREAK_POLICY_PERMIT_H_
#define FIREBREAK_POLICY_PERMIT_H_

#include "base/verdict.h"

namespace firebreak::policy {

// Permit is proof that a policy allowed one connection. Only Authorizer makes one, so code that
// takes a Permit cannot run for a peer that was refused. It moves and does not copy: one
// connection, one Permit. It stays valid after the policy set is replaced; whether the connection
// may live on is a new question to the Authorizer.
class Permit {
 public:
  Permit(Permit&&) = default;
  Permit& operator=(Permit&&) = default;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

  // Of the decision that it proves; never empty.
  const DecisionId& id() const { return id_; }

 private:
  friend class Authorizer;
  explicit Permit(const DecisionId& id) : id_(id) {}

  DecisionId id_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_PERMIT_H_
