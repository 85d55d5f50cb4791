/* A name of Torch7's headers. */
#include "THFile.h"
