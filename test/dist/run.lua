--- th run.lua MPI LIBRARIES TH: the suites of test/dist with 1 to 4 ranks under one MPI. 77: it is not there.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. '../lua/check.lua')
local launch = dofile(here .. 'launch.lua')
local mpi, libraries, th = arg[1], arg[2], arg[3]
local run, why = launch.mpi(mpi, libraries)
if not run then
   print('skipped: ' .. why)
   os.exit(77)
end

for ranks = 1, 4 do
   local output, status = run(ranks, ('%s %sranks.lua'):format(th, here))
   check.eq(status, 0, ('%s, %d ranks: status'):format(mpi, ranks))
   if not check.match(output, '\n?%d+ passed, 0 failed\n', ('%s, %d ranks'):format(mpi, ranks)) then print(output) end -- what failed in which rank
end

-- ---- a rank that ends ----

local function ends(way, ranks)
   local output, status = run(ranks, ('%s %sending.lua %s'):format(th, here, way), 60)
   check.ok(status ~= 124, ('%s, %s: no hang'):format(mpi, way))
   return output, status, ('%s, %s: '):format(mpi, way)
end

local output, status, what = ends('kill', 3)
check.ok(status ~= 0, what .. 'status')
check.match(output, 'rank 2 %(process %d+ on [^)]+%) has died', what .. 'the dead rank is named')
output, status, what = ends('error', 3)
check.ok(status ~= 0, what .. 'status')
check.match(output, 'ending.lua:%d+: a mistake', what .. 'the error is told')
check.match(output, 'rank 2 %(process %d+ on [^)]+%) has ended with status 1', what .. 'the rank is named')
output, status, what = ends('exit', 2)
check.match(output, 'rank 0 caught: .*ending.lua:%d+: dist.%a+: rank 1 %(process %d+ on [^)]+%) has ended, with status 0, and does not take part',
   what .. 'who waits for it is told')
output, status, what = ends('early', 2)
check.eq(status, 0, what .. 'what a rank sent before it ended arrives')
check.match(output, 'rank 0 got 5', what .. 'what a rank sent before it ended arrives')
output, status, what = ends('fork', 2)
check.eq(status, 0, what .. 'the end of a child of fork is none of the rank')

check.finish()
