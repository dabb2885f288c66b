// stet/runtime/registry.hpp - Registry: actors by type and name.
//
//   stet::Registry registry;
//   static_cast<void>(registry.put<Printer>("lobby", printer));   // Result: already_exists, ...
//   auto found = registry.find<Printer>("lobby");                 // Result<Address<Printer>>
//   if (found) found->send<Print>("hello");
//
// The type is a part of the key: an actor's type, found as its Address, or a message, found as a
// Recipient of it. One name may be held once by each type; who asks for the wrong one is told which
// types hold that name. There is no global registry: the host makes one and hands it out. It is a
// handle, its copies are the same registry. It knows no System: its actors may live in several.
//
// Names are looked up, not sent to: keep what find() gave, it is as good as any other Address, and
// look again when is_alive() has turned false.
//
// Threads    All members: any, also inside handlers.
// Progress   Blocking: a shared lock (find) or a lock (put, remove) of one of 16 parts, held for a
//            table access, never while anything of an application runs. Not for the path of each
//            message.
// Ownership  Keeps no actor alive. Who stops is gone from here: it is not found any more, its name
//            is free, and its entry goes at the next look or within the next puts.
// Errors     By Result: invalid_argument (an empty name, over 255 bytes, an address of nobody),
//            receiver_gone (put: it has stopped), already_exists (put: a living actor has it),
//            not_found. bad_alloc, with nothing changed.
// Bounds     Memory. A put also looks at 8 more places of its part for who has stopped; sweep() is
//            for hosts that put seldom.
// Limits     Between shared libraries built with hidden visibility the same type has two keys.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/type_name.hpp>
#include <stet/runtime/recipient.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

namespace detail {

// A type as a part of a key: the address of its constant. The name is for people.
struct RegistryType {
  std::string_view name;
};
template <class T>
inline constexpr RegistryType registry_type{type_name<T>()};

template <class T>
concept Registrable = std::derived_from<T, ActorBase> || Message<T>;

template <class T>
struct RegisteredAs {
  static_assert(Registrable<T>, "stet: a registry's type is an actor's or a message's");
  using type = Address<T>;
};
template <Message M>
struct RegisteredAs<M> {
  using type = Recipient<M>;
};

// What stands behind a name, without its type.
class Registered {
 public:
  Registered() = default;
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  virtual ~Registered() = default;
  [[nodiscard]] virtual bool is_alive() const noexcept = 0;
  // `who` points to a handle of the same type.
  [[nodiscard]] virtual bool equals(const void* who) const noexcept = 0;
};

template <class Handle>
class RegisteredHandle final : public Registered {
 public:
  explicit RegisteredHandle(const Handle& who) : handle(who) {}
  [[nodiscard]] bool is_alive() const noexcept override { return handle.is_alive(); }
  [[nodiscard]] bool equals(const void* who) const noexcept override {
    return handle == *static_cast<const Handle*>(who);
  }
  const Handle handle;
};

class RegistryTable;

}  // namespace detail

class Registry {
  template <class T>
  using HandleOf = typename detail::RegisteredAs<T>::type;

 public:
  Registry();

  // put<Printer>("lobby", address), or put<Print>("lobby", any address or recipient that accepts
  // Print).
  template <class T>
  Result<void> put(std::string_view name, const std::type_identity_t<HandleOf<T>>& who) const {
    using Held = detail::RegisteredHandle<HandleOf<T>>;
    if (!who) return Error(Errc::invalid_argument, "an address of nobody cannot have a name");
    return put_entry(detail::registry_type<T>, name, std::make_shared<const Held>(who));
  }

  template <class T>
  Result<HandleOf<T>> find(std::string_view name) const {
    using Held = detail::RegisteredHandle<HandleOf<T>>;
    auto found = find_entry(detail::registry_type<T>, name);
    if (!found) return std::move(found).error();
    return static_cast<const Held&>(**found).handle;
  }

  // False: nobody had that name.
  template <class T>
  bool remove(std::string_view name) const {
    return remove_entry(detail::registry_type<T>, name, nullptr);
  }
  // Only if it is still this one's: false when it is not.
  template <class T>
  bool remove(std::string_view name, const std::type_identity_t<HandleOf<T>>& who) const {
    return remove_entry(detail::registry_type<T>, name, &who);
  }

  // Takes out all who have stopped; answers how many. One part after the other.
  std::size_t sweep() const;
  // Entries, those not yet swept among them.
  [[nodiscard]] std::size_t size() const;

 private:
  using Entry = std::shared_ptr<const detail::Registered>;
  Result<void> put_entry(const detail::RegistryType& type, std::string_view name,
                         Entry entry) const;
  [[nodiscard]] Result<Entry> find_entry(const detail::RegistryType& type,
                                         std::string_view name) const;
  [[nodiscard]] bool remove_entry(const detail::RegistryType& type, std::string_view name,
                                  const void* who) const;

  std::shared_ptr<detail::RegistryTable> table_;
};

}  // namespace stet
