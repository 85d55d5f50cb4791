--- Starts programs under the mpirun of one MPI: local launch = dofile('launch.lua'); launch.mpi('openmpi') -> run, or nil and
-- the reason. run(ranks, command [, seconds=100]) -> output, exit status (124: it hung).
local M = {}

local function first_line(command)
   local pipe = io.popen(command .. ' 2>&1')
   local text = pipe:read('*a')
   pipe:close()
   return text
end

-- The launcher of an MPI: by Debian's name of it, or plain mpirun where that is it.
local function launcher(mpi)
   local mark = mpi == 'openmpi' and 'open%-mpi' or 'HYDRA'
   for _, name in ipairs{'mpirun.' .. mpi, 'mpirun'} do
      if first_line(name .. ' --version'):find(mark) then return name end
   end
end

function M.shell(command)
   local pipe = io.popen(command .. ' 2>&1; echo "status $?"')
   local text = pipe:read('*a')
   pipe:close()
   local output, status = text:match('^(.*)status (%d+)\n$')
   return output, tonumber(status)
end

--- What a job is started with: more ranks than processors, and root, as in containers.
local settings = {openmpi = 'OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1', mpich = ''}

function M.mpi(mpi, libraries)
   local name = launcher(mpi)
   if not name then return nil, 'no mpirun of ' .. mpi end
   local plugin = io.open(('%s/libTHDist_%s.so'):format(libraries, mpi))
   if not plugin then return nil, mpi .. ' was not there at build time' end
   plugin:close()
   return function(...) return M.shell(M.command(mpi, ...)) end
end

--- command(mpi, ranks, command [, seconds=100]) -> string: what a shell is to run.
function M.command(mpi, ranks, command, seconds)
   return ('env %s DIST_EXPECTED=%s DIST_EXPECTED_SIZE=%d timeout -k 5 %d %s -np %d %s'):format(settings[mpi], mpi, ranks, seconds or 100,
      launcher(mpi), ranks, command)
end

return M
