// IntrusiveList links objects that are owned elsewhere: joining and leaving allocate nothing, take
// a few stores, and need no search.
#ifndef FIREBREAK_BASE_INTRUSIVE_LIST_H_
#define FIREBREAK_BASE_INTRUSIVE_LIST_H_

#include <cstddef>

namespace firebreak {

template <typename T>
class IntrusiveList;

// ListNode is a public base of what is linked: class Chore : public ListNode<Chore>. It is in one
// list of T at a time, or in none; its destructor takes it out.
template <typename T>
class ListNode {
 public:
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool listed() const { return list_ != nullptr; }

 protected:
  ListNode() = default;
  ~ListNode() {
    if (list_ != nullptr) list_->Remove(*this);
  }

 private:
  friend class IntrusiveList<T>;
  IntrusiveList<T>* list_ = nullptr;
  ListNode* prev_ = nullptr;
  ListNode* next_ = nullptr;
};

// The list owns nothing: when it goes, its nodes live on and are in no list. A list and its nodes
// belong to one thread.
template <typename T>
class IntrusiveList {
 public:
  IntrusiveList() = default;
  ~IntrusiveList() {
    while (head_ != nullptr) Remove(*head_);
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  // The first, or null.
  T* front() const { return static_cast<T*>(head_); }

  // Append makes node the last, taking it out of where it was.
  void Append(ListNode<T>& node) {
    if (node.list_ != nullptr) node.list_->Remove(node);
    node.list_ = this;
    node.prev_ = tail_;
    (tail_ != nullptr ? tail_->next_ : head_) = &node;
    tail_ = &node;
    ++size_;
  }

  // Remove does nothing to a node that is in another list or in none.
  void Remove(ListNode<T>& node) {
    if (node.list_ != this) return;
    (node.prev_ != nullptr ? node.prev_->next_ : head_) = node.next_;
    (node.next_ != nullptr ? node.next_->prev_ : tail_) = node.prev_;
    node.list_ = nullptr;
    node.prev_ = node.next_ = nullptr;
    --size_;
  }

  // TakeFront takes out the first. The list must not be empty.
  T& TakeFront() {
    T& first = *front();
    Remove(first);
    return first;
  }

  // ForEach visits all, the first first. A visit may take out or destroy the node that it is given,
  // no other, and may append: what it appends is visited too, but for that of the last visit.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (ListNode<T>* node = head_; node != nullptr;) {
      ListNode<T>* const next = node->next_;
      visit(static_cast<T&>(*node));
      node = next;
    }
  }

 private:
  ListNode<T>* head_ = nullptr;
  ListNode<T>* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace firebreak

#endif  // FIREBREAK_BASE_INTRUSIVE_LIST_H_
