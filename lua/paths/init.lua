--- paths: names of files and folders, and what is there. POSIX only; through the FFI, no C of its own.
local ffi = require 'ffi'

-- struct stat differs between systems, so nothing here uses it: a folder is what opens as one.
ffi.cdef [[
typedef struct th_DIR th_DIR;
th_DIR *opendir(const char *name);
int closedir(th_DIR *dir);
int mkdir(const char *path, unsigned mode);
int rmdir(const char *path);
int unlink(const char *path);
int access(const char *path, int mode);
char *getcwd(char *buffer, size_t size);
char *strerror(int error);
long readlink(const char *path, char *buffer, size_t size);
int mkstemp(char *name);
int close(int fd);
struct th_utsname { char field[6][65]; };
int uname(struct th_utsname *name);
]]
if ffi.os == 'Linux' then
   ffi.cdef [[
   struct th_dirent {
      uint64_t inode; int64_t offset; unsigned short length; unsigned char type; char name[256];
   };
   struct th_dirent *th_readdir(th_DIR *dir) asm("readdir64");
   ]]
else  -- macOS, 64-bit inodes
   ffi.cdef [[
   struct th_dirent {
      uint64_t inode; uint64_t offset; uint16_t length; uint16_t name_length; uint8_t type; char name[1024];
   };
   struct th_dirent *th_readdir(th_DIR *dir) asm("readdir$INODE64");
   ]]
end
local C = ffi.C

local M = rawget(_G, 'paths') -- th puts it there, empty, and loads this file when it is first used (luaT.later)
M = type(M) == 'table' and (getmetatable(M) or {}).later and setmetatable(M, nil) or {}
paths = M

-- What POSIX functions that failed return.
local function failure(path)
   local errno = ffi.errno()
   return nil, ('%s: %s'):format(path, ffi.string(C.strerror(errno))), errno
end

-- v as a string, which numbers become: paths.concat(folder, epoch).
local function text_of(v, name, usage)
   if type(v) == 'string' then return v end
   if type(v) == 'number' then return tostring(v) end
   error(('paths.%s: string expected, got %s; usage: paths.%s'):format(name, type(v), usage), 3)
end

-- Names -------------------------------------------------------------------------------------------

--- paths.cwd() -> string: the current folder.
function M.cwd()
   local size = 4096
   local buffer = ffi.new('char[?]', size)
   if C.getcwd(buffer, size) == nil then error('paths.cwd: ' .. select(2, failure('current folder')), 2) end
   return ffi.string(buffer)
end

--- paths.concat(parts...) -> string: joins parts to an absolute path without `.` and `..`. An absolute part starts over;
-- without arguments it is the current folder.
--
-- > paths.concat('/tmp', 'a/../b')
-- /tmp/b
function M.concat(...)
   local parts = {}
   local function add(path)
      if path:sub(1, 1) == '/' then parts = {} end
      for part in path:gmatch('[^/]+') do
         if part == '..' then parts[#parts] = nil
         elseif part ~= '.' then parts[#parts + 1] = part end
      end
   end
   add(M.cwd())
   for i = 1, select('#', ...) do
      local part = select(i, ...)
      add(text_of(part, 'concat', 'concat(part, ...)'))
   end
   return '/' .. table.concat(parts, '/')
end

--- paths.dirname(path) -> string: everything before the last component.
--
-- > paths.dirname('a/b'), paths.dirname('a')
-- a	.
function M.dirname(path)
   path = text_of(path, 'dirname', 'dirname(path)')
   if path:match('/$') and not path:match('^/+$') then return (path:gsub('/+$', '')) end
   local head = path:match('^(.*)/[^/]*$')
   if not head then return '.' end
   head = head:gsub('/+$', '')
   return head == '' and '/' or head
end

--- paths.basename(path [, suffix]) -> string: the last component, without the suffix if one is given ('lua' or '.lua').
--
-- > paths.basename('a/b.lua', 'lua')
-- b
function M.basename(path, suffix)
   path = text_of(path, 'basename', 'basename(path[, suffix])')
   local name = path:gsub('/+$', ''):match('[^/]*$')
   if suffix then
      suffix = '.' .. suffix:gsub('^%.', '')
      if #name > #suffix and name:sub(-#suffix) == suffix then name = name:sub(1, -#suffix - 1) end
   end
   return name
end

--- paths.extname(path) -> string: what follows the last dot of the path, or nil.
--
-- > paths.extname('a/b.lua')
-- lua
function M.extname(path)
   path = text_of(path, 'extname', 'extname(path)')
   return path:match('%.([^.]*)$')
end

-- What is there ---------------------------------------------------------------------------------------

--- paths.dirp(path) -> boolean: whether it is a folder.
--
-- > paths.dirp('/')
-- true
function M.dirp(path)
   path = text_of(path, 'dirp', 'dirp(path)')
   local dir = C.opendir(path)
   if dir ~= nil then
      C.closedir(dir)
      return true
   end
   -- one that we may not read still has a `.` in it
   return C.access(path .. '/.', 0) == 0
end

--- paths.filep(path) -> boolean: whether it is a file, or a link to one.
--
-- > paths.filep('/')
-- false
function M.filep(path)
   path = text_of(path, 'filep', 'filep(path)')
   return C.access(path, 0) == 0 and not M.dirp(path)
end

--- paths.dir(path) -> table: list of the names in a folder, `.` and `..` among them, or nil if it cannot be read.
function M.dir(path)
   path = text_of(path, 'dir', 'dir(path)')
   local dir = C.opendir(path)
   if dir == nil then return nil end
   local names = {}
   while true do
      local entry = C.th_readdir(dir)
      if entry == nil then break end
      names[#names + 1] = ffi.string(entry.name)
   end
   C.closedir(dir)
   return names
end

local function each(names, wanted)
   local i = 0
   return function()
      while true do
         i = i + 1
         local name = names[i]
         if name == nil then return nil end
         if wanted(name) then return name end
      end
   end
end

local function read_dir(path, name)
   local names = M.dir(path)
   if not names then error(('paths.%s: cannot read folder %s'):format(name, path), 3) end
   return names
end

--- paths.files(path [, filter]) -> iterator: iterates over the names in a folder; filter is a Lua pattern or a function
-- of the name.
--
--     for name in paths.files('data', '%.png$') do print(name) end
function M.files(path, filter)
   local names = read_dir(path, 'files')
   if filter == nil then return each(names, function() return true end) end
   if type(filter) == 'function' then return each(names, filter) end
   return each(names, function(name) return name:find(filter) ~= nil end)
end

--- paths.iterdirs(path) -> iterator: iterates over the folders in a folder, without `.` and `..`.
function M.iterdirs(path)
   return each(read_dir(path, 'iterdirs'), function(name)
      return name ~= '.' and name ~= '..' and M.dirp(path .. '/' .. name)
   end)
end

--- paths.iterfiles(path) -> iterator: iterates over the files in a folder.
function M.iterfiles(path)
   return each(read_dir(path, 'iterfiles'), function(name)
      return name ~= '.' and name ~= '..' and M.filep(path .. '/' .. name)
   end)
end

-- Changing it --------------------------------------------------------------------------------------

--- paths.mkdir(path) -> true: makes a folder and its missing parents; or returns nil, message, errno (17 if it is there
-- already).
function M.mkdir(path)
   path = text_of(path, 'mkdir', 'mkdir(path)')
   local parent = M.dirname((path:gsub('/+$', '')))
   if parent ~= '/' and parent ~= '.' and parent ~= '' and not M.dirp(parent) then
      local ok, message, errno = M.mkdir(parent)
      -- another process may have made it meanwhile
      if not ok and not M.dirp(parent) then return nil, message, errno end
   end
   if C.mkdir(path, 511) ~= 0 then return failure(path) end  -- 0777, less the umask
   return true
end

--- paths.rmdir(path) -> true: removes an empty folder; or returns nil, message, errno.
function M.rmdir(path)
   path = text_of(path, 'rmdir', 'rmdir(path)')
   if C.rmdir(path) ~= 0 then return failure(path) end
   return true
end

local function is_link(path)
   return C.readlink(path, ffi.new('char[1]'), 1) >= 0
end

local function remove_all(path)
   if is_link(path) or not M.dirp(path) then  -- links are removed, not followed
      if C.unlink(path) ~= 0 then
         local _, message = failure(path)
         return nil, message, path
      end
      return true
   end
   for _, name in ipairs(M.dir(path) or {}) do
      if name ~= '.' and name ~= '..' then
         local ok, message, where = remove_all(path .. '/' .. name)
         if not ok then return nil, message, where end
      end
   end
   local ok, message = M.rmdir(path)
   if not ok then return nil, message, path end
   return true
end

--- paths.rmall(path, yes) -> true: removes a file or a folder with all that is in it; or returns nil, message, path. The
-- second argument must be 'yes'.
function M.rmall(path, yes)
   path = text_of(path, 'rmall', "rmall(path, 'yes')")
   if yes ~= 'yes' then error("paths.rmall: pass 'yes' as second argument to remove " .. path .. ' for good', 2) end
   return remove_all(path)
end

--- paths.tmpname() -> string: name of a new, empty temporary file.
function M.tmpname()
   local template = (os.getenv('TMPDIR') or '/tmp') .. '/lua_XXXXXX'
   local name = ffi.new('char[?]', #template + 1, template)
   local fd = C.mkstemp(name)
   if fd < 0 then error('paths.tmpname: ' .. select(2, failure(template)), 2) end
   C.close(fd)
   return ffi.string(name)
end

-- The machine and the program --------------------------------------------------------------------------

--- paths.uname() -> system, node, machine: names such as 'Linux', 'host', 'x86_64'.
function M.uname()
   if ffi.os == 'Linux' then
      local u = ffi.new('struct th_utsname')
      C.uname(u)
      return ffi.string(u.field[0]), ffi.string(u.field[1]), ffi.string(u.field[4])
   end
   local pipe = io.popen('uname -s -n -m')
   local system, node, machine = pipe:read('*a'):match('(%S+)%s+(%S+)%s+(%S+)')
   pipe:close()
   return system, node, machine
end

--- paths.is_win() -> boolean: whether the system is Windows.
function M.is_win() return ffi.os == 'Windows' end

--- paths.is_mac() -> boolean: whether the system is macOS.
function M.is_mac() return ffi.os == 'OSX' end

--- paths.home: the user's home folder.
M.home = os.getenv('HOME') or '.'

--- paths.execdir() -> string: folder of the running executable, or nil where the system does not tell.
function M.execdir()
   local size = 4096
   local buffer = ffi.new('char[?]', size)
   local n = C.readlink('/proc/self/exe', buffer, size)
   if n <= 0 then return nil end
   return M.dirname(ffi.string(buffer, n))
end

--- paths.findprogram(names...) -> string: path of the first of the named programs that is found in PATH, or nil.
--
-- > paths.findprogram('no-such-program', 'sh') ~= nil
-- true
function M.findprogram(...)
   for i = 1, select('#', ...) do
      local name = select(i, ...)
      if name:find('/', 1, true) then
         if M.filep(name) and C.access(name, 1) == 0 then return M.concat(name) end
      else
         for folder in (os.getenv('PATH') or ''):gmatch('[^:]+') do
            local path = M.concat(folder, name)
            if C.access(path, 1) == 0 and M.filep(path) then return path end
         end
      end
   end
   return nil
end

--- paths.getregistryvalue(): for Windows only: raises.
function M.getregistryvalue()
   error('paths.getregistryvalue: there is a registry on Windows only', 2)
end

-- Folder of the chunk at a level of the stack, or nil for one that did not come from a file.
local function chunk_file(level)
   local info = debug.getinfo(level + 1, 'S')
   local file = info and info.source:match('^@(.*)')
   return file and M.concat(file)
end

--- paths.thisfile([name]) -> string: path of the calling file; with a name, that name beside the calling file.
function M.thisfile(name)
   local file = chunk_file(2)
   if not file then return nil end
   if name then return M.concat(M.dirname(file), name) end
   return file
end

--- paths.dofile(name [, depth = 0]) -> values: dofile relative to the calling file. depth: how many callers further up
-- to look.
function M.dofile(name, depth)
   name = text_of(name, 'dofile', 'dofile(name[, depth])')
   local file = chunk_file(2 + (depth or 0))
   return dofile(M.concat(file and M.dirname(file) or '.', name))
end

--- paths.require(name) -> value: loads a C module of package.cpath, leaving Lua modules of that name aside.
function M.require(name)
   name = text_of(name, 'require', 'require(name)')
   if package.loaded[name] ~= nil then return package.loaded[name] end
   local tried = {}
   for template in package.cpath:gmatch('[^;]+') do
      local path = template:gsub('%?', (name:gsub('%.', '/')))
      if M.filep(path) then
         local open, message = package.loadlib(path, 'luaopen_' .. name:gsub('%.', '_'))
         if not open then error(message, 2) end
         local result = open(name)
         package.loaded[name] = result == nil and (package.loaded[name] or true) or result
         return package.loaded[name]
      end
      tried[#tried + 1] = "\n\tno file '" .. path .. "'"
   end
   error(("C module '%s' not found in package.cpath:%s"):format(name, table.concat(tried)), 2)
end

--- paths.install_prefix, paths.install_bin, paths.install_lib, paths.install_include, paths.install_share, paths.install_man,
-- paths.install_hlp, paths.install_html, paths.install_cmake, paths.install_lua_path, paths.install_lua_cpath: absolute folders of the
-- installation (or build) that this file belongs to.
local prefix = debug.getinfo(1, 'S').source:match('^@(.*)/share/lua/5%.1/paths/init%.lua$')
if prefix then
   M.install_prefix = M.concat(prefix)
   for name, folder in pairs{bin = 'bin', man = 'share/man', lib = 'lib', share = 'share', include = 'include', hlp = 'share/torch/hlp',
      html = 'share/torch/html', cmake = 'share/cmake/torch', lua_path = 'share/lua/5.1', lua_cpath = 'lib/lua/5.1'} do
      M['install_' .. name] = M.install_prefix .. '/' .. folder
   end
end

return M
