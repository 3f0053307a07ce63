// One function a topic; each prints its samples.
#pragma once

void measure_feed();
void measure_scale();
void measure_million();
void measure_idle();
void measure_late();
void measure_blocked();
void measure_storm();
void measure_stop();
