#pragma once
/* NVRTC knows it all by itself. */
