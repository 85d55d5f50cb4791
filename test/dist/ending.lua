--- Ranks that end, each in its way: th ending.lua WAY. The others wait for the last one.
local dist = require 'dist'
local ffi = require 'ffi'
ffi.cdef 'int kill(int pid, int signal); int getpid(void); int fork(void); int waitpid(int pid, int *status, int options);'
local way, rank, last = arg[1], dist.rank(), dist.size() - 1
local x = torch.FloatTensor(1000):fill(1)
for _ = 1, 3 do dist.allReduce(x, 'mean') end

local ways = {
   kill = function() ffi.C.kill(ffi.C.getpid(), 9) end,
   error = function() error('a mistake') end,
   exit = function() os.exit(0) end,
   early = function()
      dist.send(torch.Tensor{5}, 0)
      os.exit(0)
   end,
}
if way == 'fork' then
   local child = ffi.C.fork()
   if child == 0 then os.exit(0) end
   ffi.C.waitpid(child, nil, 0)
   dist.barrier()
   os.exit(0)
end
if rank == last then ways[way]() end
if way == 'early' then
   os.execute('sleep 1')
   print('rank 0 got ' .. dist.recv(torch.Tensor(1), last)[1])
   os.exit(0)
end
local caught, message = pcall(function()
   while true do dist.allReduce(x, 'mean') end
end)
print(('rank %d caught: %s'):format(rank, message))
