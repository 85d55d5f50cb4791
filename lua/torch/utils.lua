-- Default tensor type, seeds, clocks, and the small functions of the torch table.
local C = require 'libtorch'
local arguments = require 'torch.arguments'
local luaT = require 'luaT'
local torch = torch

local default

--- Which class torch.Tensor, and functions without a tensor argument, make.
function torch.setdefaulttensortype(name)
   local short = type(name) == 'string' and name:match('^torch%.(%w+)Tensor$')
   local mt = short and luaT.getmetatable(name)
   if not mt then
      local hint = short and short:find('^Cuda') and "; require 'cutorch' first" or "; 'torch.FloatTensor' and its sisters are"
      arguments.error('setdefaulttensortype', 1, 'name', '%s is not a string describing a torch object%s', tostring(name), hint)
   end
   if C.newtensor[short] then C.setdefaulttype(name) end
   default = name
   torch.Tensor = luaT.getconstructortable(name)
   torch.Storage = luaT.getconstructortable('torch.' .. short .. 'Storage')
end
function torch.getdefaulttensortype() return default end
torch.setdefaulttensortype('torch.DoubleTensor')

--- To be called after a Lua state has moved to another thread.
torch.updatethreadlocals = C.updateerrorhandlers

--- tic() -> seconds;  toc(t) -> seconds since then.
function torch.tic() return (C.clock()) end
function torch.toc(t)
   if type(t) ~= 'number' then arguments.refuse('toc', false, t) end
   return C.clock() - t
end

--- torch.getenv(f) -> table: environment of a function: the table of its globals.

--- torch.setenv(f, env): gives a function another table of globals.

--- torch.packageLuaPath(name) -> string: the folder of a package's Lua files.
function torch.packageLuaPath(name)
   if not name then
      local ret = torch.packageLuaPath('torch')
      return ret and ret:match('(.*)/')
   end
   for path in package.path:gmatch('([^;]+)') do
      path = path:gsub('%?', (name:gsub('%.', '/')))
      local f = io.open(path)
      if f then
         f:close()
         local ret = path:match('(.*)/')
         if path:match('/init%.lua$') or path:match('/[^/]+%.lua$') then return ret end
      end
   end
end

--- torch.include(package, file) -> values: runs a file that lies beside a package's.
function torch.include(package_, file) return dofile(torch.packageLuaPath(package_) .. '/' .. file) end
--- include(file): runs a file that lies beside the caller's.
_G.include = _G.include or function(file)
   local folder = debug.getinfo(2, 'S').source:match('^@(.*/)') or ''
   return dofile(folder .. file)
end

table.unpack = table.unpack or unpack
string.gfind = string.gfind or string.gmatch
