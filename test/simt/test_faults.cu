// Planted faults, each of which must be found.
#include "simt_test.h"
int main() { return 0; }
