-- Why a row is behind, where the cause is physics or another's: {pattern of its name, reason [, title = pattern]}.
return {
   {'^symeig 50', "all of the time is LAPACK's (OpenBLAS's) reduction to three diagonals and its iteration, chains of short steps that no product can take over; PyTorch has MKL's"},
   {'^y = x %+ 1, 1e5 doubles', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes: of 16.5 microseconds 3 go to the 16 MB of blocks that take turns meanwhile and 4.5 to allocation and the collector, 9 to the same addition into a fixed result"},
   {'^clone, 100000 floats', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes, and 16 MB of blocks take turns meanwhile"},
}
