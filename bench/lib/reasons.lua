-- Why a row is behind, where the cause is physics or another's: {pattern of its name, reason [, title = pattern]
-- [, share = of the limit that the row must reach]}.
return {
   {'^symeig 50', "of 57 microseconds for the values 25 are LAPACK's iteration (sterf), a chain of roots and divisions one after the other, and the reduction before it, TH's own, is as many short steps as there are rows; OpenBLAS's other drivers are slower (with vectors syevd 133, syev 164, syevx 180, syevr 394); PyTorch has MKL's"},
   {'^svd 300', "91 % of the time is spent in OpenBLAS's gesdd, a seventh of it in products, the rest in sums along vectors and in the secular equation; PyTorch has MKL's"},
   {'^symeig 300, vectors', "83 % of the time is spent in OpenBLAS's syevd, a fifth of it in products; PyTorch has MKL's"},
   {'^eig %d+, vectors', "93 % of the time is spent in OpenBLAS's geev; PyTorch has MKL's"},
   {'^y = x %+ 1, 1e5 doubles', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes, and 16 MB of blocks take turns meanwhile: of 34 microseconds on an Ice Lake server 14 are the same addition into a fixed result, 3 to 4 allocation and the collector (a cycle of 0.13 ms for 16 MB), the rest is the third cache's; a smaller allowance would pay the cycle more often"},
   {'^clone, 100000 floats', "Python frees a result as soon as its name is given away, so two blocks take turns in the core's cache; Lua frees it when the collector passes, and 16 MB of blocks take turns meanwhile: of 16 microseconds on an Ice Lake server 6.5 are a copy into a fixed result, 6 that it goes to 40 results in turn (third cache), 3.3 allocation and the collector"},
   {', 1e%+07, expanded$', "a result of 40 MB is written, and nothing read: 2 to 2.5 ms on an Ice Lake server whose third cache is nobody else's meanwhile, 3.5 to 5 where others use it, PyTorch's likewise"},
   {'^cat of 2 8x500x500', "the result stays in the third cache for who reads it next, as PyTorch's does; stored past it a copy of 16 MB takes half the time, and copy and sum together the same (1.53 beside 1.50 ms on an Ice Lake server)"},
   {'^mm 16x4096x1000', "16 MB of weights meet 16 rows: reading them takes 0.35 to 0.43 ms, the multiplications at the peak 0.39 to 0.5 (measured beside, two threads of an Ice Lake server); PyTorch's product takes as long, 0.88 to 1.2 of its time in 13 runs, as the third cache is left by others"},
   {'^mm 512x512x512', "one thread multiplies at 92 % of the peak, MKL at 91 (in turn, in one process); with two, 0.93 to 1.1 of PyTorch's time in eight runs, as the cores and their caches are left by others"},
   {'^torch.log%(z, x%)', "85 % of the time is the C library's vector function, 21 instructions for 16 elements, and none of it memory's"},
}
