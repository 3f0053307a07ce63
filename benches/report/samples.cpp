#include "samples.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

void fail(std::string const &why) {
    std::fprintf(stderr, "report: %s\n", why.c_str());
    std::exit(1);
}

namespace {

std::vector<std::string> fields(std::string const &line) {
    std::vector<std::string> found;
    std::stringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) found.push_back(field);
    return found;
}

std::optional<Spread> spread(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    std::size_t half = values.size() / 2;
    double median = values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
    return Spread{median, values.front(), values.back()};
}

} // namespace

Samples::Samples(std::string const &file) {
    std::ifstream in(file);
    if (!in) fail("cannot read " + file);
    for (std::string line; std::getline(in, line);) {
        auto field = fields(line);
        if (field.size() == 3 && field[0] == "fact") {
            facts_.emplace_back(field[1], field[2]);
            continue;
        }
        if (field.size() != 5) fail("not a sample: " + line);
        auto &row = rows_[field[0]];
        if (row.find(field[1]) == row.end()) order_[field[0]].push_back(field[1]);
        row[field[1]].push_back({std::atof(field[3].c_str()), std::atof(field[4].c_str())});
    }
}

std::vector<Sample> const &Samples::of(std::string const &row, std::string const &who) const {
    static std::vector<Sample> const none;
    auto found = rows_.find(row);
    if (found == rows_.end()) return none;
    auto its = found->second.find(who);
    return its == found->second.end() ? none : its->second;
}

std::optional<Spread> Samples::value(std::string const &row, std::string const &who) const {
    std::vector<double> values;
    for (auto &sample : of(row, who)) values.push_back(sample.value);
    return spread(values);
}

std::optional<Spread> Samples::ratio(std::string const &row, std::string const &who) const {
    std::vector<double> values;
    for (auto &sample : of(row, who))
        if (sample.base > 0) values.push_back(sample.value / sample.base);
    return spread(values);
}

std::vector<std::string> Samples::who(std::string const &row) const {
    auto found = order_.find(row);
    return found == order_.end() ? std::vector<std::string>{} : found->second;
}

std::string Samples::fact(std::string const &name) const {
    for (auto &[its, value] : facts_)
        if (its == name) return value;
    return "";
}

std::string number(double value) {
    char text[32];
    double size = std::fabs(value);
    if (size >= 1e6)
        std::snprintf(text, sizeof text, "%.3g M", value / 1e6);
    else if (size >= 100 || size == std::floor(size))
        std::snprintf(text, sizeof text, "%.0f", value);
    else if (size >= 10)
        std::snprintf(text, sizeof text, "%.1f", value);
    else
        std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

std::string duration(double nanos) {
    double size = std::fabs(nanos);
    if (size < 1e3) return number(nanos) + " ns";
    if (size < 1e6) return number(nanos / 1e3) + " µs";
    if (size < 1e9) return number(nanos / 1e6) + " ms";
    return number(nanos / 1e9) + " s";
}
