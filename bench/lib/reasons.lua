-- Why a row is behind, where the cause is physics or another's: {pattern of its name, reason [, title = pattern]
-- [, share = of the limit that the row must reach]}.
return {
   {'^symeig 50', "of 57 microseconds for the values 25 are LAPACK's iteration (sterf), a chain of roots and divisions one after the other, and the reduction before it, TH's own, is as many short steps as there are rows; OpenBLAS's other drivers are slower (with vectors syevd 133, syev 164, syevx 180, syevr 394); PyTorch has MKL's"},
   {'^y = x %+ 1, 1e5 doubles', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes: of 16.5 microseconds 3 go to the 16 MB of blocks that take turns meanwhile and 4.5 to allocation and the collector, 9 to the same addition into a fixed result"},
   {'^clone, 100000 floats', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes, and 16 MB of blocks take turns meanwhile"},
   {'^%a+ of all, 1e%+07', 'memory: a loop that only reads as many bytes takes as long, in the same minute', share = 0.9},
   {'^sum, dim %d, 1e%+07', 'memory: a loop that only reads as many bytes takes as long, in the same minute', share = 0.9},
}
