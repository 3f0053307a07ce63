// The three things that are made of a run's samples.
#pragma once

#include "samples.h"

enum class Verdict { Reached, Stretch, Missed, Unmeasured };

// A row of the table.
struct Line {
    std::string what;
    std::string ours;
    std::string target;
    Verdict verdict;
    std::string peers;
};
std::vector<Line> table(Samples const &);
char const *word(Verdict);

std::string plot_of_feeds(Samples const &);
std::string plot_of_scale(Samples const &);

// Prints a line for each row that a run must have filled; the number of those it has not.
int check(Samples const &);
