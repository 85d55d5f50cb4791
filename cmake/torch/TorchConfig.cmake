# find_package(Torch), as packages written for Torch7 ask for it. Gives
#   TH luaT THNN            targets to link with; the folders of their headers are among the include folders
#   TORCH_LIBRARIES         the first two
#   Torch_INSTALL_PREFIX, Torch_INSTALL_{BIN,LIB,SHARE,INCLUDE,CMAKE,LUA_PATH,LUA_CPATH}, and the same with
#   _SUBDIR                 this installation's folders; relative ones, to install a package into its own prefix
#   ADD_TORCH_PACKAGE       (TorchPackage.cmake)
# Packages are built by `cmake -DCMAKE_PREFIX_PATH=PREFIX -DCMAKE_INSTALL_PREFIX=WHERE`. Some rocks also give LUADIR
# and LIBDIR, where Lua files and modules go; in the folder of a rock that is lua and lib.
get_filename_component(Torch_INSTALL_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(Torch_INSTALL_BIN_SUBDIR bin)
set(Torch_INSTALL_LIB_SUBDIR lib)
set(Torch_INSTALL_SHARE_SUBDIR share)
set(Torch_INSTALL_INCLUDE_SUBDIR include)
set(Torch_INSTALL_CMAKE_SUBDIR share/cmake/torch)
set(Torch_INSTALL_LUA_PATH_SUBDIR share/lua/5.1)
set(Torch_INSTALL_LUA_CPATH_SUBDIR lib/lua/5.1)
foreach(folder BIN LIB SHARE INCLUDE CMAKE LUA_PATH LUA_CPATH)
  set(Torch_INSTALL_${folder} "${Torch_INSTALL_PREFIX}/${Torch_INSTALL_${folder}_SUBDIR}")
endforeach()
if(CMAKE_INSTALL_PREFIX MATCHES "/lib/luarocks/rocks")
  set(Torch_INSTALL_LUA_PATH_SUBDIR lua)
  set(Torch_INSTALL_LUA_CPATH_SUBDIR lib)
endif()
if(LUADIR)
  set(Torch_INSTALL_LUA_PATH_SUBDIR "${LUADIR}")
endif()
if(LIBDIR)
  set(Torch_INSTALL_LUA_CPATH_SUBDIR "${LIBDIR}")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/TorchExports.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TorchPackage.cmake")
set(TORCH_LIBRARIES TH luaT)

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(Torch_LUAJIT QUIET luajit)
endif()
find_path(Torch_LUA_INCLUDE_DIR luajit.h HINTS ${Torch_LUAJIT_INCLUDE_DIRS} PATH_SUFFIXES luajit-2.1 luajit-2.0)
if(NOT Torch_LUA_INCLUDE_DIR)
  set(Torch_FOUND FALSE)
  set(Torch_NOT_FOUND_MESSAGE "luajit.h was not found: install LuaJIT's headers (Debian: libluajit-5.1-dev)")
  return()
endif()
include_directories("${Torch_INSTALL_INCLUDE}" "${Torch_INSTALL_INCLUDE}/TH" "${Torch_INSTALL_INCLUDE}/THNN"
  ${Torch_LUA_INCLUDE_DIR})
