--- Tells Jupyter of the kernel: writes its kernel.json where Jupyter looks for kernels.
local json = require 'jupyter.json'

local M = {}

local USAGE = [[
usage: th --install-kernel [--user | --prefix FOLDER] [--name NAME]

  --user            for this user (the default): ~/.local/share/jupyter, or JUPYTER_DATA_DIR
  --prefix FOLDER   below FOLDER/share/jupyter, such as /usr/local or a virtual environment
  --name NAME       under another name than th
]]

local function stop(text)
   io.stderr:write(text)
   os.exit(1)
end

local function parse(list)
   local o, i = {name = 'th'}, 1
   while list[i] do
      if list[i] == '--prefix' and list[i + 1] then
         o.prefix, i = list[i + 1], i + 1
      elseif list[i] == '--name' and list[i + 1] then
         o.name, i = list[i + 1], i + 1
      elseif list[i] ~= '--user' then
         stop(USAGE)
      end
      i = i + 1
   end
   if not o.name:find('^[%w._-]+$') then stop('th --install-kernel: a name has letters, digits, dots, - and _ only\n') end
   return o
end

--- folder(options) -> path: where the kernel's files go.
function M.folder(o)
   local data = o.prefix and o.prefix .. '/share/jupyter' or os.getenv('JUPYTER_DATA_DIR')
      or (os.getenv('XDG_DATA_HOME') or (os.getenv('HOME') or '.') .. '/.local/share') .. '/jupyter'
   return data .. '/kernels/' .. o.name
end

local function make_folder(path)
   local paths, at = require 'paths', path:sub(1, 1) == '/' and '' or '.'
   for part in path:gmatch('[^/]+') do
      at = at .. '/' .. part
      if not paths.dirp(at) then paths.mkdir(at) end
   end
end

--- install(arguments): writes the file and says where.
function M.install(arguments)
   local o = parse(arguments)
   local folder = M.folder(o)
   make_folder(folder)
   local f, why = io.open(folder .. '/kernel.json', 'w')
   if not f then stop('th --install-kernel: ' .. why .. '\n') end
   f:write(json.encode{argv = {arg[0], '--kernel', '{connection_file}'}, display_name = 'Torch (th)', language = 'lua', interrupt_mode = 'signal'}, '\n')
   f:close()
   print('kernel ' .. o.name .. ' is in ' .. folder)
   local ok, message = pcall(require('jupyter.zmq').load)
   if not ok then print('but ' .. message) end
end

return M
