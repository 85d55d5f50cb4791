--- paths.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'torch'
local paths = require 'paths'

for _, case in ipairs {
   {'dirname', '.', 'a'}, {'dirname', '/', '/a'}, {'dirname', 'a', 'a/'}, {'dirname', '.', ''}, {'dirname', '/a/b', '/a/b/c'},
   {'dirname', '/', '/'},
   {'basename', 'c', '/a/b/c'}, {'basename', 'b', 'a/b/'}, {'basename', '', '/'}, {'basename', 'x', 'a/x.lua', 'lua'},
   {'basename', 'x', 'x.lua', '.lua'}, {'basename', 'x.lua', 'x.lua', 't7'},
   {'extname', 'c/d', 'a/b.c/d'}, {'extname', 'bashrc', '.bashrc'}, {'extname', nil, 'abc'}, {'extname', 'gz', 'a.tar.gz'},
   {'concat', '/a/c', '/a', 'b', '../c'}, {'concat', '/x', 'a', '/x/./'}, {'concat', '/', '/..'},
   {'concat', paths.cwd()}, {'concat', paths.cwd() .. '/a', 'a'},
} do
   check.eq(paths[case[1]](unpack(case, 3, table.maxn(case))), case[2], case[1] .. ' ' .. table.concat(case, ' ', 3, table.maxn(case)))
end
check.error(function() paths.dirp({}) end, 'string expected, got table', 'wrong type')

local root = paths.tmpname()
check.ok(paths.filep(root) and not paths.dirp(root), 'a file')
os.remove(root)
check.ok(not paths.filep(root) and not paths.dirp(root), 'nothing')

check.eq(paths.mkdir(root .. '/a/b'), true, 'mkdir with parents')
check.ok(paths.dirp(root .. '/a') and not paths.filep(root .. '/a'), 'a folder')
local ok, message, errno = paths.mkdir(root .. '/a')
check.ok(ok == nil and type(message) == 'string' and errno == 17, 'mkdir of what is there')
for _, name in ipairs {'x.lua', 'y.t7'} do io.open(root .. '/' .. name, 'w'):close() end

local names = paths.dir(root)
table.sort(names)
check.eq(names, {'.', '..', 'a', 'x.lua', 'y.t7'}, 'dir')
check.eq(paths.dir(root .. '/none'), nil, 'dir of nothing')
local function list(...)
   local out = {}
   for name in ... do out[#out + 1] = name end
   table.sort(out)
   return out
end
check.eq(list(paths.files(root)), names, 'files')
check.eq(list(paths.files(root, '%.lua$')), {'x.lua'}, 'files by pattern')
check.eq(list(paths.files(root, function(n) return n == 'y.t7' end)), {'y.t7'}, 'files by function')
check.eq(list(paths.iterdirs(root)), {'a'}, 'iterdirs')
check.eq(list(paths.iterfiles(root)), {'x.lua', 'y.t7'}, 'iterfiles')
check.error(function() paths.files(root .. '/none') end, 'cannot read folder', 'files of nothing')

ok, message, errno = paths.rmdir(root)
check.ok(ok == nil and message and errno, 'rmdir of a full folder')
check.error(function() paths.rmall(root) end, "'yes'", 'rmall asks')
-- a link to a folder outside goes, the folder stays
local outside = paths.tmpname()
os.remove(outside)
paths.mkdir(outside .. '/keep')
os.execute(('ln -s %s %s/link'):format(outside, root))
check.eq(paths.rmall(root, 'yes'), true, 'rmall')
check.ok(not paths.dirp(root), 'all is gone')
check.ok(paths.dirp(outside .. '/keep'), 'rmall does not follow links')
check.eq(paths.rmdir(outside .. '/keep'), true, 'rmdir')
paths.rmdir(outside)
check.eq((paths.rmall(root, 'yes')), nil, 'rmall of nothing')

check.eq({paths.concat('/a', 3, 4.5), paths.basename(12), paths.dirp(12), paths.filep(12)}, {'/a/3/4.5', '12', false, false}, 'numbers are text')
check.error(function() paths.concat('/a', {}) end, 'paths.concat: string expected, got table', 'a table is none')
check.eq(paths.thisfile(), paths.concat(arg[0]), 'thisfile')
check.eq(paths.thisfile('check.lua'), paths.concat(here, 'check.lua'), 'thisfile with a name')
check.eq(type(paths.dofile('check.lua')), 'table', 'dofile beside the caller')
check.ok(paths.filep(paths.findprogram('no_such_program', 'sh') or ''), 'findprogram')
check.eq(paths.findprogram('no_such_program'), nil, 'findprogram of nothing')
check.ok(paths.execdir() == nil or paths.dirp(paths.execdir()), 'execdir')
if paths.install_prefix then -- none where the package lies elsewhere
   check.eq(paths.install_prefix:sub(1, 1), '/', 'install_prefix is absolute')
   check.ok(paths.filep(paths.install_lua_path .. '/paths/init.lua'), 'install_lua_path')
   check.ok(paths.filep(paths.install_lua_cpath .. '/libtorch.so'), 'install_lua_cpath')
   for _, name in ipairs{'bin', 'man', 'lib', 'share', 'include', 'hlp', 'html', 'cmake'} do
      check.eq(paths['install_' .. name]:sub(1, #paths.install_prefix), paths.install_prefix, 'install_' .. name)
   end
end
local system, _, machine = paths.uname()
check.ok(#system > 0 and #machine > 0, 'uname')
check.error(function() paths.require('no_such_module') end, "no file '", 'require of nothing')
check.eq(require('./check').eq ~= nil, true, 'require relative to the caller')

check.finish()
