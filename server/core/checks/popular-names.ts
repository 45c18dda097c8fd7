/**
 * Names that many projects use, by ecosystem: what a made-up or planted name is held against. Kept
 * short on purpose; what the project itself has comes first.
 */
export const POPULAR_NAMES: Readonly<Record<string, readonly string[]>> = {
  npm: words(`
    react react-dom react-router react-router-dom react-redux react-query react-hook-form react-scripts
    redux redux-thunk redux-saga next nuxt gatsby vue vuex vue-router svelte angular jquery preact
    lodash lodash-es underscore ramda rxjs moment dayjs date-fns luxon axios node-fetch superagent
    request got undici cross-fetch express express-session body-parser cookie-parser cors helmet morgan
    multer passport passport-jwt koa fastify hapi restify socket.io socket.io-client ws mongoose mongodb
    mysql mysql2 pg sqlite3 better-sqlite3 sequelize typeorm knex prisma redis ioredis typescript
    ts-node tsx esbuild webpack webpack-cli webpack-dev-server rollup vite vitest parcel babel-core
    babel-loader babel-eslint eslint prettier stylelint jest mocha chai sinon jasmine karma cypress
    puppeteer playwright nodemon pm2 dotenv cross-env rimraf mkdirp glob minimatch micromatch chokidar
    chalk colors commander yargs minimist inquirer ora debug winston pino bunyan log4js uuid nanoid
    bcrypt bcryptjs jsonwebtoken crypto-js validator joi yup zod ajv class-validator async bluebird
    semver graceful-fs fs-extra readable-stream through2 concat-stream inherits safe-buffer iconv-lite
    cheerio jsdom handlebars mustache ejs pug marked markdown-it highlight.js prismjs dompurify
    sanitize-html xml2js fast-xml-parser js-yaml yaml ini toml csv-parse csv-stringify csv-parser
    papaparse xlsx sharp jimp canvas pdfkit nodemailer aws-sdk firebase firebase-admin stripe twilio
    graphql apollo-server apollo-client immer immutable mobx zustand styled-components classnames clsx
    tailwindcss postcss autoprefixer sass node-sass less bootstrap material-ui antd d3 three chart.js
    leaflet electron electron-builder lerna husky lint-staged concurrently npm-run-all event-stream
    node-gyp node-pre-gyp bindings nan left-pad is-promise is-odd is-even is-number kind-of tslib
    core-js regenerator-runtime object-assign escape-string-regexp strip-ansi ansi-styles supports-color
    string-width wrap-ansi qs query-string form-data mime mime-types tar tar-stream archiver unzipper
    ua-parser-js http-proxy http-proxy-middleware proxy-agent https-proxy-agent compression serve
    serve-static send path-to-regexp swr formik i18next react-i18next storybook discord.js telegraf
    ethers web3 openai langchain @types/node @types/react @types/express @types/lodash @babel/core
    @babel/preset-env @babel/parser @angular/core @angular/cli @nestjs/core @nestjs/common @aws-sdk/client-s3
    @mui/material @emotion/react @reduxjs/toolkit @tanstack/react-query @typescript-eslint/parser
    @typescript-eslint/eslint-plugin @testing-library/react @prisma/client @octokit/rest
    @anthropic-ai/sdk @modelcontextprotocol/sdk`),
  pypi: words(`
    requests urllib3 certifi idna charset-normalizer chardet httpx aiohttp numpy pandas scipy matplotlib
    seaborn plotly scikit-learn tensorflow keras torch torchvision transformers datasets tokenizers
    xgboost lightgbm opencv-python pillow imageio django djangorestframework flask flask-cors
    flask-sqlalchemy fastapi starlette uvicorn gunicorn tornado bottle pyramid sanic jinja2 markupsafe
    werkzeug click typer rich tqdm colorama termcolor pyyaml toml tomli python-dotenv pydantic attrs
    marshmallow sqlalchemy alembic psycopg2 psycopg2-binary pymysql mysqlclient pymongo redis celery
    kombu boto3 botocore s3transfer awscli google-api-python-client google-cloud-storage azure-storage-blob
    cryptography pycryptodome paramiko pyjwt pyopenssl bcrypt passlib beautifulsoup4 lxml html5lib
    scrapy selenium playwright pytest pytest-cov pytest-mock tox nox coverage mock hypothesis
    black flake8 pylint mypy isort ruff pre-commit setuptools wheel pip virtualenv poetry pipenv twine
    six python-dateutil pytz tzdata simplejson ujson orjson msgpack protobuf grpcio packaging pyparsing
    filelock platformdirs jsonschema docutils sphinx mkdocs ipython jupyter notebook jupyterlab
    nltk spacy gensim openai anthropic langchain tiktoken sentence-transformers pyserial psutil
    pyinstaller cython numba sympy networkx statsmodels dask pyspark pyarrow openpyxl xlrd xlsxwriter
    docker kubernetes ansible fabric loguru structlog sentry-sdk prometheus-client markdown pygments
    arrow pendulum faker factory-boy httplib2 oauthlib requests-oauthlib websockets websocket-client
    python-telegram-bot discord.py tweepy stripe twilio zipp importlib-metadata typing-extensions`),
  cargo: words(`
    serde serde_json serde_derive serde_yaml tokio tokio-util futures futures-util async-trait async-std
    anyhow thiserror clap structopt log env_logger tracing tracing-subscriber rand rand_core regex
    lazy_static once_cell chrono time uuid reqwest hyper hyper-util axum actix-web rocket warp tower
    tonic prost bytes itertools rayon crossbeam parking_lot dashmap indexmap hashbrown ahash smallvec
    bitflags libc nix winapi windows-sys cfg-if num num-traits num-bigint syn quote proc-macro2 toml
    base64 hex sha2 sha1 md5 ring rustls openssl native-tls url percent-encoding mime http flate2 zip
    tar tempfile walkdir glob dirs diesel sqlx rusqlite redis mongodb criterion proptest quickcheck
    mockall wasm-bindgen js-sys web-sys image nalgebra ndarray bincode rustc-hash memchr aho-corasick
    semver strum crossterm ratatui indicatif bevy wgpu`),
  golang: words(`
    github.com/stretchr/testify github.com/gin-gonic/gin github.com/gorilla/mux github.com/spf13/cobra
    github.com/spf13/viper github.com/sirupsen/logrus github.com/pkg/errors github.com/google/uuid
    github.com/go-chi/chi github.com/labstack/echo github.com/gofiber/fiber github.com/golang/protobuf
    github.com/prometheus/client_golang github.com/go-redis/redis github.com/redis/go-redis
    github.com/lib/pq github.com/jackc/pgx github.com/go-sql-driver/mysql github.com/jmoiron/sqlx
    github.com/mattn/go-sqlite3 github.com/urfave/cli github.com/fatih/color github.com/boltdb/bolt
    github.com/aws/aws-sdk-go github.com/hashicorp/vault github.com/hashicorp/consul
    github.com/docker/docker github.com/golang-jwt/jwt github.com/dgrijalva/jwt-go
    github.com/gorilla/websocket github.com/google/go-cmp github.com/rs/zerolog go.uber.org/zap
    golang.org/x/crypto golang.org/x/net golang.org/x/sync golang.org/x/text golang.org/x/sys
    google.golang.org/grpc google.golang.org/protobuf gopkg.in/yaml.v3 gorm.io/gorm k8s.io/client-go`),
  maven: words(`
    junit:junit org.junit.jupiter:junit-jupiter org.mockito:mockito-core org.assertj:assertj-core
    com.google.guava:guava com.google.code.gson:gson org.slf4j:slf4j-api ch.qos.logback:logback-classic
    org.apache.logging.log4j:log4j-core org.apache.commons:commons-lang3 commons-io:commons-io
    com.fasterxml.jackson.core:jackson-databind com.fasterxml.jackson.core:jackson-core
    org.springframework:spring-core org.springframework.boot:spring-boot-starter-web
    org.hibernate:hibernate-core org.projectlombok:lombok org.apache.httpcomponents:httpclient
    com.squareup.okhttp3:okhttp com.squareup.retrofit2:retrofit io.netty:netty-all
    org.postgresql:postgresql mysql:mysql-connector-java com.h2database:h2`),
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/u);
}
