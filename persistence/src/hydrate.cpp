// persistence/src/hydrate.cpp - reading root records, taking scopes.
#include <stet/persistence/detail/hydrate.hpp>

#include <string>
#include <utility>

#include <stet/persistence/detail/birth_from_store.hpp>
#include <stet/persistence/detail/load.hpp>

namespace stet::detail {

Error at_scope(std::string_view scope, const Error& why) {
  return Error(why.code, "the record at \"" + std::string(scope) + "\": " + why.text, why.native);
}

Result<std::string_view> root_payload(std::string_view scope, std::string_view record) {
  const Result<RecordView> view = parse_record(scope, record);
  if (!view) return at_scope(scope, view.error());
  if (view->header.root && view->header.root->layout != Layout::packed) {
    return at_scope(
        scope, Error(Errc::already_exists, "a value is stored here, in fields: use another scope"));
  }
  return view->payload;
}

RecordHeader root_header(const StoreLink& link, std::uint16_t codec_version,
                         std::uint64_t revision) {
  return RecordHeader{.revision = revision,
                      .codec_version = codec_version,
                      .root = RootHeader{.program = link.program}};
}

Error only_a_store_knows_owners() {
  return Error(Errc::unsupported, "only a Store knows owners; this DataStore has a stand-in");
}

Result<Loaded> acquire_one(const DataStore& data, std::chrono::nanoseconds timeout) {
  if (auto good = data.check(); !good) return good.error();
  const std::shared_ptr<StoreLink>& link = data.link();
  if (!link->is_store()) {
    return only_a_store_knows_owners();
  }
  auto unit = std::make_shared<Unit>(link, link->next_owner_id());
  Result<Acquired> acquired =
      link->acquire.ask(Acquire{{data.get_scope()}, unit->owner_id()}).get(timeout);
  if (!acquired) return acquired.error();
  return Loaded{std::move(unit), std::move(acquired->scopes.front())};
}

Acquire acquire_for(const Unit& unit, const std::vector<const DataStore*>& data) {
  Acquire question{{}, unit.owner_id()};
  for (const DataStore* each : data) {
    question.scopes.push_back(each->get_scope());
    if (auto good = each->check(); !good) question.refused = good.error();
    if (each->link() != unit.link()) {
      question.refused = Error(Errc::invalid_argument,
                               "repositories of several stores: all of one actor use one store");
    }
  }
  return question;
}

Error hydration_error(const Error& why) {
  if (why == Errc::already_owned) return why;
  return Error(Errc::hydration_failed, why.message(), why.native);
}

}  // namespace stet::detail
