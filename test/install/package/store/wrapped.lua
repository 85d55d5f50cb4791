-- Writes functions in C that only differ by a name; run by ADD_TORCH_WRAP.
local out = assert(io.open(assert(arg[1]), 'w'))
local rows = {}
for _, name in ipairs{'exp', 'log1p', 'sqrt'} do
   out:write(([[
static int names_%s(lua_State *L)
{
  lua_pushnumber(L, %s(luaL_checknumber(L, 1)));
  return 1;
}
]]):format(name, name))
   rows[#rows + 1] = ('{"%s", names_%s}'):format(name, name)
end
out:write('static const luaL_Reg store_names[] = {', table.concat(rows, ', '), ', {NULL, NULL}};\n')
out:close()
