import { expect, it } from 'vitest'
import { endpointKey, endpointsOf } from './url.ts'

it.each([
  ['jdbc:postgresql://bookings-db:5433/demo?ApplicationName=pxf', ['bookings-db:5433']],
  ['jdbc:postgresql://one,two:5433/demo', ['one:5432', 'two:5433']],
  ['jdbc:postgresql://[::1]:5433/demo', ['::1:5433']],
  ['jdbc:postgresql:demo', ['localhost:5432']],
  ['jdbc:postgresql:///demo', ['localhost:5432']],
  ['jdbc:postgresql://${env:HOST}/demo', []],
  ['jdbc:mysql://shop/orders', ['shop:3306']],
  ['jdbc:mysql:loadbalance://a:1,b/orders', ['a:1', 'b:3306']],
  ['jdbc:mysql://user:pass@shop/orders', ['shop:3306']],
  ['jdbc:mysql://address=(host=shop)(port=1)/orders', []],
  ['jdbc:mysql+srv://shop/orders', []],
  ['jdbc:mariadb://shop:3307/orders', ['shop:3307']],
  ['jdbc:sqlserver://crm;databaseName=sales', ['crm:1433']],
  ['jdbc:sqlserver://crm:1444;databaseName=sales', ['crm:1444']],
  [String.raw`jdbc:sqlserver://crm\SALES;encrypt=true`, ['crm']],
  ['jdbc:sqlserver://;serverName=crm;portNumber=1444', ['crm:1444']],
  ['jdbc:oracle:thin:@erp:1522:ORCL', ['erp:1522']],
  ['jdbc:oracle:thin:scott/tiger@//erp/service', ['erp:1521']],
  ['jdbc:oracle:thin:@tcps://erp:2484/service', ['erp:2484']],
  [
    'jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=erp)(PORT=1599))(CONNECT_DATA=(SID=x)))',
    ['erp:1599'],
  ],
  ['jdbc:oracle:thin:@name_of_tnsnames', []],
  ['jdbc:hive2://hs2/default;principal=hive/_HOST@REALM', ['hs2:10000']],
  ['jdbc:hive2://zk1:2181,zk2:2181/;serviceDiscoveryMode=zooKeeper', ['zk1:2181', 'zk2:2181']],
  ['jdbc:clickhouse://ch/default', ['ch:8123']],
  ['jdbc:ch:https://ch:8443/default', ['ch:8443']],
  ['jdbc:unheard://of/it', []],
  ['not a URL', []],
  ['', []],
])('%s leads to %j', (url, expected) => {
  expect(endpointsOf(url).map(endpointKey)).toEqual(expected)
})
