# The install tree (docs/architecture.md): everything finds everything else relative to itself, so the
# tree may be moved. Lua packages are installed where they are declared, above.
include(CMakePackageConfigHelpers)

install(TARGETS th RUNTIME DESTINATION bin)
install(TARGETS TH EXPORT THTargets LIBRARY DESTINATION lib)
install(TARGETS THNN LIBRARY DESTINATION lib)
install(TARGETS torch_lua nn_lua LIBRARY DESTINATION lib/lua/5.1)
install(DIRECTORY ${TH_LUA_DIR}/torchdata DESTINATION share/lua/5.1)

# Headers: all that TH.h reaches; loops, plans and private headers stay inside.
install(DIRECTORY TH/ DESTINATION include/TH FILES_MATCHING PATTERN *.h
  PATTERN loops EXCLUDE PATTERN plan EXCLUDE PATTERN *Private.h EXCLUDE
  PATTERN THRandomFill.h EXCLUDE PATTERN THGenerate.h EXCLUDE)
install(FILES ${TH_GEN_DIR}/THTensorOps.h DESTINATION include/TH)
if(THC_SIMULATOR)
  install(FILES THC/THC.h THC/THCTypes.h ${TH_GEN_DIR}/THCStorageTyped.h ${TH_GEN_DIR}/THCTensorTyped.h
    ${TH_GEN_DIR}/THCTensorOps.h DESTINATION include/THC)
endif()

# find_package(TH) gives TH::TH; pkg-config knows it as th. (GPUs: thc_install in THC/CMakeLists.txt.)
install(EXPORT THTargets NAMESPACE TH:: DESTINATION lib/cmake/TH)
install(FILES cmake/THConfig.cmake.in DESTINATION lib/cmake/TH RENAME THConfig.cmake)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/THConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/THConfigVersion.cmake DESTINATION lib/cmake/TH)
configure_file(cmake/th.pc.in ${PROJECT_BINARY_DIR}/th.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/th.pc DESTINATION lib/pkgconfig)
